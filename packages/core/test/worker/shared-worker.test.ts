import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import tls from 'node:tls';
import { keep, worker } from '@baton/core/worker';
import { sharedWorker } from '#core/worker/shared-worker.js';

/** As the preload has it. */
function becomeWorker(t: TestContext): ReturnType<typeof sharedWorker> {
  const shared = sharedWorker();
  shared.isWorker = true;
  t.after(() => (shared.isWorker = false));
  return shared;
}

test('tasks are done once no connection is left, but for those that were taken back', async (t) => {
  const shared = becomeWorker(t);
  const done: string[] = [];
  worker.whenDrained(async () => {
    await new Promise(setImmediate);
    done.push('waited for');
  });
  worker.whenDrained(() => done.push('at once'));
  worker.whenDrained(() => done.push('taken back'))();
  await shared.runTasks();
  assert.deepEqual(done, ['at once', 'waited for']);
  await shared.runTasks();
  assert.deepEqual(done, ['at once', 'waited for'], 'once');
});

test('a task that fails is told as a warning, and the others are done', async (t) => {
  const shared = becomeWorker(t);
  let isDone = false;
  const warned = once(process, 'warning') as Promise<[Error]>;
  t.after(
    worker.whenDrained(() => {
      throw new Error('the pool is gone');
    }),
  );
  t.after(worker.whenDrained(async () => void (isDone = true)));
  await shared.runTasks();
  const [{ name, message }] = await warned;
  assert.equal(name, 'BatonWarning');
  assert.match(message, /^A task of whenDrained\(\) failed: Error: the pool is gone/);
  assert.equal(isDone, true);
});

test('without Baton no task is ever to be done, nor kept', async () => {
  let isDone = false;
  worker.whenDrained(() => (isDone = true));
  await sharedWorker().runTasks();
  assert.equal(isDone, false);
  assert.equal(worker.adminUrl, undefined);
});

test('what is no task', () => {
  assert.throws(() => worker.whenDrained(undefined as unknown as () => void), TypeError);
});

test('a socket that the app keeps is kept, also one without a network, as tests use', () => {
  const sockets = [new net.Socket(), new tls.TLSSocket(new net.Socket()), { remoteAddress: '127.0.0.1' }];
  for (const socket of sockets as net.Socket[]) {
    assert.equal(sharedWorker().keeps(socket), false);
    keep(socket);
    assert.equal(sharedWorker().keeps(socket), true);
  }
});

test('what is no socket', () => {
  const request = new http.IncomingMessage(new net.Socket());
  for (const wrong of [undefined, null, 7, 'socket', {}, request, new http.ServerResponse(request)])
    assert.throws(() => keep(wrong as net.Socket), {
      name: 'TypeError',
      message: 'keep() takes the socket of a connection, such as request.socket',
    });
});
