import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { serve, temporaryDirectory } from './fixtures.js';
import { fetchStatus, sendCommand } from '#core/control/client.js';
import type { CommandEvent } from '#core/control/protocol.js';
import { Deferred } from '#core/primary/deferred.js';

/** The control directory of a runtime directory that is this process's for the test. */
function runtimeDirectory(test: TestContext): string {
  const runtime = temporaryDirectory(test);
  process.env['XDG_RUNTIME_DIR'] = runtime;
  const directory = path.join(runtime, 'baton');
  mkdirSync(directory, { mode: 0o700 });
  return directory;
}

/** Something that listens where a primary named `api` would. */
async function listen(test: TestContext, server: net.Server, directory: string): Promise<void> {
  server.listen(path.join(directory, 'api.sock'));
  await once(server, 'listening');
  test.after(() => server.close());
}

test('fetchStatus() is the status', async (t) => {
  const { controlled } = await serve(t, {}, runtimeDirectory(t));
  assert.deepEqual(await fetchStatus('api'), JSON.parse(JSON.stringify(controlled.status())));
});

test('sendCommand() tells the events and resolves with the result', async (t) => {
  const { controlled } = await serve(t, {}, runtimeDirectory(t));
  const scaling = new Deferred();
  controlled.scaling = scaling.promise;
  const events: CommandEvent[] = [];
  const worker = {
    id: 7,
    slot: 4,
    generation: 1,
    directory: '/srv/shop',
    pid: 11,
    state: 'starting',
    restarts: 0,
  } as const;
  controlled.scale = (workers) => {
    controlled.calls.push(`scale ${workers}`);
    // Later: the client has the answer's beginning by then.
    setImmediate(() => controlled.emit('worker', worker, {}));
    controlled.slots = workers;
    return scaling.promise;
  };
  const result = await sendCommand('api', 'scale', { change: 1 }, (event) => {
    events.push(event);
    scaling.resolve();
  });
  assert.equal(result.workers, 5);
  assert.deepEqual(events, [{ event: 'worker', worker }]);
  assert.deepEqual(controlled.calls, ['scale 5']);
});

test('after stop the other end has closed the connection', async (t) => {
  const { controlled, socketPath } = await serve(t, {}, runtimeDirectory(t));
  const startedAt = performance.now();
  await sendCommand('api', 'stop');
  assert.deepEqual(controlled.calls, ['stop']);
  assert.ok(!existsSync(socketPath));
  // This process lives on, so that its server has closed the connection by itself, after a second.
  assert.ok(performance.now() - startedAt > 500);
});

test('what the primary refuses, or fails in, is told in its own words', async (t) => {
  const { controlled } = await serve(t, {}, runtimeDirectory(t));
  await assert.rejects(sendCommand('api', 'scale', { workers: 0 }), {
    code: 'BATON_COMMAND_FAILED',
    message: /^The option workers must be a whole number/,
  });
  const reloading = new Deferred();
  controlled.reloading = reloading.promise;
  reloading.reject(Object.assign(new Error('worker 0 failed'), { code: 'BATON_X' }));
  await assert.rejects(sendCommand('api', 'reload'), (error: Error) => {
    assert.equal(error.message, 'worker 0 failed');
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'BATON_X');
    return true;
  });
});

test('a name that nobody has is told with those that run', async (t) => {
  const directory = runtimeDirectory(t);
  const none = { code: 'BATON_NO_PRIMARY', message: /"nobody".* None is running/ };
  await assert.rejects(fetchStatus('nobody'), none);
  await serve(t, { name: 'web' }, directory);
  await serve(t, { name: 'api' }, directory);
  writeFileSync(path.join(directory, 'dead.sock'), '');
  await assert.rejects(fetchStatus('nobody'), {
    code: 'BATON_NO_PRIMARY',
    message: /No primary has the name "nobody"\. Running: api \(\/srv\/api\), web \(\/srv\/web\);/,
  });
  process.env['XDG_RUNTIME_DIR'] = path.join(directory, 'missing');
  await assert.rejects(fetchStatus('api'), { code: 'BATON_NO_PRIMARY', message: /None is running/ });
});

test('the socket of a primary that was killed is no primary', async (t) => {
  const directory = runtimeDirectory(t);
  const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script, path.join(directory, 'api.sock')]), 'exit');
  await assert.rejects(fetchStatus('api'), { code: 'BATON_NO_PRIMARY', message: /None is running/ });
});

test('nothing is sent where the directory is open to others', async (t) => {
  const directory = runtimeDirectory(t);
  let connections = 0;
  await listen(
    t,
    net.createServer(() => (connections += 1)),
    directory,
  );
  chmodSync(directory, 0o755);
  await assert.rejects(fetchStatus('api'), { code: 'BATON_CONTROL_UNTRUSTED', message: /mode is 0755/ });
  assert.equal(connections, 0);
});

test(
  "nothing is sent to another user's process",
  { skip: process.getuid?.() !== 0 && 'only root can become another user' },
  async (t) => {
    const directory = runtimeDirectory(t);
    const script = `
      require('node:net')
        .createServer((socket) => {
          let received = 0;
          socket.on('data', ({ length }) => (received += length));
          socket.on('close', () => console.log('received ' + received));
        })
        .listen(process.argv[1], () => console.log('listening'));
    `;
    chmodSync(path.dirname(directory), 0o755);
    chmodSync(directory, 0o777);
    const impostor = spawn(process.execPath, ['-e', script, path.join(directory, 'api.sock')], {
      uid: 65_534,
      gid: 65_534,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => impostor.kill());
    impostor.stdout.setEncoding('utf8');
    assert.deepEqual(await once(impostor.stdout, 'data'), ['listening\n']);
    chmodSync(directory, 0o700);
    const received = once(impostor.stdout, 'data');
    await assert.rejects(sendCommand('api', 'stop'), {
      code: 'BATON_CONTROL_UNTRUSTED',
      message: /is served by uid 65534/,
    });
    assert.deepEqual(await received, ['received 0\n']);
  },
);

for (const [what, headers, message] of [
  ['another version', { 'Baton-Protocol': '2' }, /speaks version 2, this command speaks version 1/],
  ['no Baton', {}, /does not speak Baton's protocol, this command speaks version 1/],
] as const) {
  test(`an answer of ${what} is refused`, async (t) => {
    const server = http.createServer((_, response) => response.writeHead(200, headers).end('{}'));
    await listen(t, server, runtimeDirectory(t));
    await assert.rejects(fetchStatus('api'), { code: 'BATON_CONTROL_PROTOCOL', message });
  });
}

for (const [what, answer] of [
  ['ends before its result', '{"event":"worker","worker":{}}\n'],
  ['is cut off within its result', '{"result":{"workers":4'],
  ['is no JSON', 'hello\n'],
] as const) {
  test(`an answer that ${what} is an error`, async (t) => {
    const server = http.createServer((_, response) => {
      response.writeHead(200, { 'Baton-Protocol': '1' }).end(answer);
    });
    await listen(t, server, runtimeDirectory(t));
    await assert.rejects(sendCommand('api', 'reload'), { code: 'BATON_CONTROL_LOST', message: /"api"/ });
  });
}

test('a primary that ends before its answer is an error', async (t) => {
  const server = http.createServer((_, response) => {
    response.writeHead(200, { 'Baton-Protocol': '1' });
    response.write('{"event":"worker","worker":{}}\n', () => response.destroy());
  });
  await listen(t, server, runtimeDirectory(t));
  await assert.rejects(sendCommand('api', 'reload'), { code: 'BATON_CONTROL_LOST' });
});

test('a primary that does not answer is given up', async (t) => {
  const asked = new Deferred();
  await listen(
    t,
    http.createServer(() => asked.resolve()),
    runtimeDirectory(t),
  );
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const status = fetchStatus('api');
  status.catch(() => {});
  await asked.promise;
  t.mock.timers.tick(5_000);
  await assert.rejects(status, {
    code: 'BATON_CONTROL_LOST',
    message: new RegExp(`process ${process.pid} did not answer within 5 s`),
  });
});
