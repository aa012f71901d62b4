import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import net from 'node:net';
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
  const socket = (): net.Socket => new net.Socket();
  assert.equal(server.emit('upgrade', {}, socket()), false);
  assert.deepEqual(counted, []);
  for (const event of ['upgrade', 'connect']) server.on(event, () => {});
  const passedOn = socket();
  assert.equal(server.emit('upgrade', {}, passedOn), true);
  assert.equal(server.emit('upgrade', {}, passedOn), true);
  assert.equal(server.emit('connect', {}, socket()), true);
  assert.deepEqual(counted, ['upgrade', 'upgrade'], 'one that is passed on to another server counts once');
  // Of HTTP/2, which has no socket to give.
  server.emit('connect', {}, {});
  assert.equal(counted.length, 2);
});

test('what Node answers by itself is what nobody hears of, while an answer can be written', () => {
  const { server, counted } = watched();
  const error = new Error('no HTTP');
  const parser = {};
  const answered = (req: object, _headerSent: boolean): object => ({
    writable: true,
    parser,
    _httpMessage: { _headerSent, req },
  });
  server.emit('clientError', error);
  server.emit('clientError', error, { writable: false, parser });
  server.emit('clientError', error, { writable: true, parser: null });
  server.emit('clientError', error, answered({ complete: true }, true));
  server.emit('clientError', error, answered({ complete: false }, false));
  assert.deepEqual(
    counted,
    [],
    'nobody, no answer, a handshake of TLS, an answer that has begun, a body that is broken',
  );
  server.emit('clientError', error, { writable: true, parser, _httpMessage: null });
  server.emit('clientError', error, answered({ complete: true }, false));
  assert.deepEqual(counted, ['reject', 'reject']);
  server.on('clientError', () => {});
  server.emit('clientError', error, { writable: true, parser });
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
