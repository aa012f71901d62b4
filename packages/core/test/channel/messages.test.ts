import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePrimaryMessage, parseWorkerMessage, type ListenRequest } from '#core/channel/messages.js';

const request: ListenRequest = {
  type: 'listen',
  request: 1,
  kind: 'tcp4',
  address: '127.0.0.1',
  port: 3000,
  index: 0,
  backlog: 511,
  ipv6Only: false,
  reuseAddress: false,
  readableAll: false,
  writableAll: false,
  isForRequest: false,
};

test('a listen request is read as it was written', () => {
  assert.deepEqual(parseWorkerMessage(JSON.stringify(request)), request);
  const withData = { ...request, data: { ticketKeys: 'ab' } };
  assert.deepEqual(parseWorkerMessage(JSON.stringify(withData)), withData);
});

test('a listen request with a wrong or missing field is none', () => {
  const wrong: Record<string, unknown> = {
    request: -1,
    kind: 'tcp5',
    address: 7,
    port: 1.5,
    index: '0',
    backlog: 2 ** 32,
    ipv6Only: 1,
    reuseAddress: null,
    readableAll: 'yes',
    writableAll: {},
    isForRequest: 'no',
  };
  for (const [field, value] of Object.entries(wrong)) {
    assert.equal(parseWorkerMessage(JSON.stringify({ ...request, [field]: value })), undefined, field);
    assert.equal(
      parseWorkerMessage(JSON.stringify({ ...request, [field]: undefined })),
      undefined,
      `no ${field}`,
    );
  }
});

test('what is no message is refused', () => {
  for (const payload of [
    '',
    '{',
    'null',
    '7',
    '"listen"',
    '[]',
    '{}',
    '{"type":"end"}',
    '{"type":"failed"}',
    '{"type":"cut-off","connections":-1,"kinds":{}}',
    '{"type":"cut-off","connections":1}',
    '{"type":"cut-off","connections":1,"kinds":{"idle":-1}}',
    '{"type":"cut-off","connections":1,"kinds":{"__proto__":1,"some":1}}',
    '{"type":"alive"}',
    '{"type":"alive","probe":0.5}',
    '{"type":"listening","listener":1}',
    '{"type":"listening"}',
  ]) {
    assert.equal(parseWorkerMessage(payload), undefined, payload);
    assert.equal(parsePrimaryMessage(payload), undefined, payload);
  }
});

test("parts of the app's messages are read, and what is none is not", () => {
  const records = [
    { type: 'messages', text: '1' },
    { type: 'messages-taken', parts: 4 },
  ];
  for (const record of records) assert.deepEqual(parseWorkerMessage(JSON.stringify(record)), record);
  const wrong = [{ type: 'messages', text: 1 }, { type: 'messages' }, { type: 'messages-taken', parts: -1 }];
  for (const record of wrong) assert.equal(parseWorkerMessage(JSON.stringify(record)), undefined);
});
