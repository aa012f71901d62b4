import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { watchClassOf } from '#core/worker/server-events.js';
import type { RequestFigures } from '#core/worker/request-figures.js';

function watched(): { server: EventEmitter; counted: string[] } {
  class Server extends EventEmitter {}
  const server = new Server();
  const counted: string[] = [];
  const figures = { upgrade: () => counted.push('upgrade'), reject: () => counted.push('reject') };
  watchClassOf(server, figures as unknown as RequestFigures);
  watchClassOf(server, figures as unknown as RequestFigures);
  return { server, counted };
}

test('a connection counts as taken over once somebody has it', () => {
  const { server, counted } = watched();
  assert.equal(server.emit('upgrade', {}, {}), false);
  assert.deepEqual(counted, []);
  for (const event of ['upgrade', 'connect']) server.on(event, () => {});
  assert.equal(server.emit('upgrade', {}, {}), true);
  assert.equal(server.emit('connect', {}, {}), true);
  assert.deepEqual(counted, ['upgrade', 'upgrade']);
});

test('what Node answers by itself is what nobody hears of, while an answer can be written', () => {
  const { server, counted } = watched();
  const error = new Error('no HTTP');
  server.emit('clientError', error, { writable: false });
  server.emit('clientError', error, { writable: true, _httpMessage: { _headerSent: true } });
  assert.deepEqual(counted, []);
  server.emit('clientError', error, { writable: true, _httpMessage: null });
  server.emit('clientError', error, { writable: true, _httpMessage: { _headerSent: false } });
  assert.deepEqual(counted, ['reject', 'reject']);
  server.on('clientError', () => {});
  server.emit('clientError', error, { writable: true });
  assert.equal(counted.length, 2);
});

test('what takes the place of emit() later, as node:domain does, is called', () => {
  const { server } = watched();
  const { prototype } = EventEmitter;
  const emit: (this: EventEmitter, ...args: unknown[]) => boolean = Reflect.get(prototype, 'emit');
  const seen: unknown[] = [];
  prototype.emit = function (this: EventEmitter, ...args) {
    if (this === server) seen.push(args);
    return emit.apply(this, args);
  } as typeof emit;
  try {
    server.emit('request', 1, 2);
  } finally {
    prototype.emit = emit;
  }
  assert.deepEqual(seen, [['request', 1, 2]]);
});
