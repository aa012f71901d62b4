import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostOnTheWay, partLength, type MessagePart } from '#core/channel/message-records.js';
import { MessageSender, mostWaiting } from '#core/channel/message-sender.js';

/** A sender, with the parts that have come to the other side. */
function start(mayGo: () => boolean = () => true): { sender: MessageSender; parts: MessagePart[] } {
  const parts: MessagePart[] = [];
  return { sender: new MessageSender((part) => mayGo() && parts.push(part) > 0), parts };
}

test('a message is cut, and no more goes than the other side has taken', () => {
  const { sender, parts } = start();
  const sent: string[] = [];
  const text = 'x'.repeat(partLength * mostOnTheWay) + 'end';
  assert.ok(sender.send(text, () => sent.push('long')));
  for (const word of ['one', 'two']) assert.ok(sender.send(word, () => sent.push(word)));
  assert.deepEqual([parts.length, sent], [mostOnTheWay, []]);
  assert.equal(sender.waitingLength, 'end\none\ntwo\n'.length);
  assert.ok(sender.onTaken(1));
  assert.deepEqual(parts.at(-1), { type: 'messages', text: 'end\none\ntwo\n' }, 'what waits goes together');
  assert.deepEqual([sent, sender.waitingLength], [['long', 'one', 'two'], 0]);
  sender.onTaken(mostOnTheWay);
  assert.equal(parts.map((part) => part.text).join(''), `${text}\none\ntwo\n`);
  assert.ok(parts.every((part) => part.text.length <= partLength));
});

test('the record of a part has room in the channel, whatever its text', () => {
  for (const letter of ['"', '\u20ac', '\0', '\ud83d\ude00']) {
    const { sender, parts } = start();
    sender.send(JSON.stringify(letter.repeat(partLength)));
    for (const part of parts) assert.ok(Buffer.byteLength(JSON.stringify(part)) < 64 * 1024);
  }
});

test('what was not on its way cannot have been taken', () => {
  const { sender } = start();
  sender.send('one');
  assert.equal(sender.onTaken(2), false);
  assert.equal(sender.onTaken(1), true);
  assert.equal(sender.onTaken(1), false);
});

test('a channel without room is tried again', () => {
  let hasRoom = false;
  const { sender, parts } = start(() => hasRoom);
  sender.send('one');
  assert.equal(parts.length, 0);
  hasRoom = true;
  sender.send('two');
  assert.deepEqual(
    parts.map(({ text }) => text),
    ['one\n', 'two\n'],
  );
});

test('what waits has a limit, and is told of at the end', () => {
  const { sender } = start(() => false);
  const error = new Error('closed');
  const told: unknown[] = [];
  assert.ok(sender.send('x', (why) => told.push(why)));
  assert.ok(sender.send('x'.repeat(mostWaiting - 3), (why) => told.push(why)));
  assert.equal(sender.send('x'), false);
  sender.close(error);
  assert.deepEqual([told, sender.waitingLength], [[error, error], 0]);
});
