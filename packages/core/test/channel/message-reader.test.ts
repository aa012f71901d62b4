import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageReader } from '#core/channel/message-reader.js';
import { mostMessageBytes, mostOnTheWay, type MessagePart } from '#core/channel/message-records.js';
import { MessageSender } from '#core/channel/message-sender.js';

function part(text: string): MessagePart {
  return { type: 'messages', text };
}

test('parts become the message that they were cut from, and the sender goes on', () => {
  const message = { text: '\ud83d\ude00"\\'.repeat(100_000), list: [1, null] };
  const received: unknown[] = [];
  const sender: MessageSender = new MessageSender((piece) => {
    // As over a channel: what is answered comes later.
    queue.push(piece);
    return true;
  });
  const queue: MessagePart[] = [];
  const reader = new MessageReader(({ parts }) => sender.onTaken(parts));
  sender.send(JSON.stringify(message));
  sender.send('2');
  for (let next = queue.shift(); next; next = queue.shift()) {
    assert.ok(queue.length < mostOnTheWay);
    received.push(...reader.read(next).messages);
    reader.onTaken();
  }
  assert.deepEqual(received, [message, 2]);
});

test('of a message that is too long nothing is kept, and the next is read', () => {
  const reader = new MessageReader(() => true);
  const half = ' '.repeat(mostMessageBytes / 2 + 1);
  assert.deepEqual(reader.read(part(half)), { messages: [], wrong: 0 });
  assert.deepEqual(reader.read(part(half)), { messages: [], wrong: 0 });
  assert.deepEqual(reader.read(part('1\n2\n')), { messages: [2], wrong: 1 });
});

test('what is no JSON is no message', () => {
  const reader = new MessageReader(() => true);
  assert.deepEqual(reader.read(part('\n{\nundefined\n1\n')), { messages: [1], wrong: 3 });
});

test('a sender that could not be told is told with the next part', () => {
  const told: number[] = [];
  let hasRoom = false;
  const reader = new MessageReader(({ parts }) => hasRoom && told.push(parts) > 0);
  for (let i = 0; i < mostOnTheWay / 2; i++) reader.onTaken();
  hasRoom = true;
  reader.onTaken();
  assert.deepEqual(told, [mostOnTheWay / 2 + 1]);
});
