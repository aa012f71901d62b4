import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ask, begin, FakeControlled, serve, serverOptions, whole } from './fixtures.js';
import { ControlServer } from '#core/control/server.js';
import { loadNative } from '#core/addon/load.js';
import { Deferred } from '#core/primary/deferred.js';

test('stop is answered when the primary has stopped, and its name is free', async (t) => {
  const { socketPath, controlled, directory } = await serve(t);
  const stopping = new Deferred();
  controlled.stopping = stopping.promise;
  const response = await begin(socketPath, 'POST', '/v1/stop');
  controlled.emit(
    'worker',
    { id: 7, slot: 0, generation: 1, directory: '/srv/shop', pid: 11, state: 'stopped', restarts: 0 },
    {},
  );
  assert.ok(existsSync(socketPath));
  stopping.resolve();
  const { json } = await whole(response);
  assert.deepEqual(json[0], {
    event: 'worker',
    worker: { id: 7, slot: 0, generation: 1, directory: '/srv/shop', pid: 11, state: 'stopped', restarts: 0 },
  });
  const [, { result }] = json as [unknown, { result: { pid: number } }];
  assert.equal(result.pid, process.pid);
  assert.deepEqual(readdirSync(directory), []);
  await serve(t, {}, directory);
});

test('stop() answers what is under way first', async (t) => {
  const { socketPath, controlled, server } = await serve(t);
  const scaling = new Deferred();
  controlled.scaling = scaling.promise;
  const response = await begin(socketPath, 'POST', '/v1/scale', '{"workers":2}');
  const stopped = server.stop();
  await assert.rejects(ask(socketPath, 'GET', '/'), { code: 'ENOENT' });
  scaling.reject(new Error('the primary was stopped'));
  const { json } = await whole(response);
  assert.deepEqual(json, [{ error: { code: 'ERROR', message: 'the primary was stopped' } }]);
  await stopped;
});

test('stop() does not wait for the stop that waits for it', async (t) => {
  const { socketPath, controlled, server } = await serve(t);
  controlled.stop = () => server.stop();
  const [line] = (await ask(socketPath, 'POST', '/v1/stop')).json as [object];
  assert.ok('result' in line);
});

test('stop() ends connections that are left open', async (t) => {
  const { socketPath, server, controlled } = await serve(t);
  // A reload that never ends.
  controlled.reloading = new Promise(() => {});
  const response = await begin(socketPath, 'POST', '/v1/reload');
  await server.stop();
  await assert.rejects(whole(response), { code: 'ECONNRESET' });
});

test('a server that could not start leaves nothing behind', async (t) => {
  const { directory, server } = await serve(t);
  const controlled = new FakeControlled();
  const second = new ControlServer(loadNative(), controlled, serverOptions());
  await assert.rejects(second.start(directory), { code: 'BATON_NAME_TAKEN' });
  assert.equal(controlled.listenerCount('worker'), 0);
  await second.stop();
  assert.ok(existsSync(path.join(directory, 'api.sock')), "the first one's socket is left alone");
  await server.stop();
  await serve(t, {}, directory);
});
