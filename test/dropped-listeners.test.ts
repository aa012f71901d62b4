// Listeners that a new worker need not have: those that come and go, and those that are allowed to be dropped.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ask, attempt } from './client.js';
import { startCommand, startPrimary, temporaryDirectory, until, type Command } from './harness.js';
import { Releases } from './releases.js';

const host = '127.0.0.1';
const readyTimeoutMs = 2_500;

interface Case {
  ports: number;
  source: string;
  /** Before the reload. */
  prepare?: (ports: readonly number[]) => Promise<void>;
}

const untilAnswered = (port: number): Promise<void> =>
  until(async () => (await attempt(port)).kind === 'answered', `${port} is served`);

const cases: Record<string, Case> = {
  'finds a free port, and opens and closes ten for that': {
    ports: 12,
    source: `(async () => {
      for (let i = 1; i <= 10; i++) {
        const server = http.createServer();
        await new Promise((resolve) => server.listen(ports[i], '${host}', () => server.close(resolve)));
      }
      serve(ports[0]);
    })();`,
  },
  'listens on port 0, once': {
    ports: 1,
    source: `serve(ports[0]); if (process.env.BATON_GENERATION === '1') serve(0);`,
  },
  'opens a port when it is asked for the first time': {
    ports: 2,
    source: `let other;
      http.createServer((request, response) => {
        other ??= serve(ports[1]);
        answer(request, response);
      }).listen(ports[0], '${host}');`,
    prepare: async ([first = 0, other = 0]) => {
      await untilAnswered(first);
      await untilAnswered(other);
    },
  },
  'opens a port after the time to be ready': {
    ports: 2,
    source: `serve(ports[0]); setTimeout(() => serve(ports[1]), ${readyTimeoutMs + 500});`,
    prepare: ([, other = 0]) => untilAnswered(other),
  },
  'closes a port and opens it again, now and then': {
    ports: 2,
    source: `serve(ports[0]);
      const now = http.createServer(answer);
      const open = () => now.listen(ports[1], '${host}', () => setTimeout(() => now.close(open), 300));
      setTimeout(open, ${readyTimeoutMs});`,
    prepare: ([, other = 0]) => untilAnswered(other),
  },
};

for (const handoff of ['connections', 'listeners'] as const) {
  for (const [what, { ports, source, prepare }] of Object.entries(cases)) {
    test(`handoff of ${handoff}: an app that ${what} is reloaded`, async (t) => {
      const releases = await Releases.first(t, ports, source);
      const primary = await startPrimary(t, {
        app: releases.file,
        env: releases.env,
        workers: 1,
        handoff,
        readyTimeoutMs,
        probationMs: 50,
      });
      const [first = 0] = releases.ports;
      // Once it is started, it answers where it is to: nothing else has made it ready.
      assert.equal((await attempt(first)).kind, 'answered');
      await prepare?.(releases.ports);
      assert.equal((await primary.reload()).workers, 1);
      assert.equal((await ask({ host, port: first })).pid, primary.snapshot().workers[0]?.pid);
    });
  }

  test(`handoff of ${handoff}: an app that has UDP alone is ready, and is reloaded`, async (t) => {
    const echo = `const socket = require('node:dgram').createSocket('udp4').bind(ports[0], '${host}');
      socket.on('message', (_, { port, address }) => socket.send(String(process.pid), port, address));`;
    const releases = await Releases.first(t, 1, echo);
    const [port = 0] = releases.ports;
    const options = { app: releases.file, env: releases.env, workers: 1, handoff, readyTimeoutMs };
    const primary = await startPrimary(t, { ...options, probationMs: 50 });
    const pidOf = (): number | undefined => primary.snapshot().workers[0]?.pid;
    const before = pidOf();
    assert.equal(await askByUdp(port), before);
    assert.equal((await primary.reload()).workers, 1);
    assert.notEqual(pidOf(), before);
    assert.equal(await askByUdp(port), pidOf());
    releases.release('serve(0);');
    await assert.rejects(primary.reload(), {
      message: new RegExp(`did not listen on ${host}:${port} \\(UDP\\) within`),
    });
    assert.equal(await askByUdp(port), pidOf());
  });
}

/** The pid of the process that answers. */
async function askByUdp(port: number): Promise<number> {
  const socket = dgram.createSocket('udp4');
  try {
    socket.send('who', port, host);
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(5_000) })) as [Buffer];
    return Number(answer.toString());
  } finally {
    socket.close();
  }
}

test('a reload may drop a listener where that is allowed: for this one, or for all', async (t) => {
  const releases = await Releases.first(t, 2, 'serve(ports[0]); serve(ports[1]);');
  const [first = 0, second = 0] = releases.ports;
  const options = { app: releases.file, env: releases.env, workers: 1, readyTimeoutMs, probationMs: 50 };
  const primary = await startPrimary(t, { ...options, allowDroppedListeners: true });
  releases.release('serve(ports[0]);');
  await assert.rejects(primary.reload({ allowDroppedListeners: false }), { code: 'BATON_RELOAD_FAILED' });
  assert.equal((await primary.reload()).workers, 1);
  const gone = { kind: 'failed', error: 'ECONNREFUSED' };
  assert.deepEqual(await attempt(second), gone);
  releases.release('serve(ports[1]);');
  await primary.reload({ allowDroppedListeners: true });
  assert.deepEqual(await attempt(first), gone);
  assert.equal((await attempt(second)).kind, 'answered');
  for (const [wrong, code] of [
    [{ allowDroppedListeners: 'yes' }, 'BATON_INVALID_OPTION'],
    [{ force: true }, 'BATON_UNKNOWN_OPTION'],
  ] as const)
    await assert.rejects(primary.reload(wrong as object), { code });
});

test('one that is to drop nothing waits for its own turn, beside one that may', async (t) => {
  const releases = await Releases.first(t, 2, 'serve(ports[0]); serve(ports[1]);');
  const options = { app: releases.file, env: releases.env, workers: 1, readyTimeoutMs, probationMs: 50 };
  const primary = await startPrimary(t, options);
  const first = primary.reload();
  releases.release('serve(ports[0]);');
  const [strict, allowing] = await Promise.allSettled([
    primary.reload(),
    primary.reload({ allowDroppedListeners: true }),
    first,
  ]);
  assert.deepEqual([strict?.status, allowing?.status], ['rejected', 'fulfilled']);
});

/** The command, running such an app, and a place for its control socket. */
async function startApp(
  t: TestContext,
  args: readonly string[],
): Promise<[Command, Releases, NodeJS.ProcessEnv]> {
  const releases = await Releases.first(t, 2, 'serve(ports[0]); serve(ports[1]);');
  const env = { ...releases.env, XDG_RUNTIME_DIR: temporaryDirectory(t) };
  const flags = ['--name', 'api', '-w', '1', '--no-metrics', '--ready-timeout', `${readyTimeoutMs}ms`];
  const command = startCommand(t, [...flags, '--probation', '50ms', ...args, releases.file], { env });
  await command.seen(/stop it with/);
  return [command, releases, env];
}

test('baton reload --allow-dropped-listeners', async (t) => {
  const [command, releases, env] = await startApp(t, []);
  releases.release('serve(ports[0]);');
  const refused = startCommand(t, ['reload', '--name', 'api'], { env });
  assert.deepEqual(await refused.exited, { code: 1, signal: null });
  assert.match(
    refused.stderr,
    new RegExp(`did not listen on ${host}:${releases.ports[1]} .*--allow-dropped-listeners`),
  );
  const done = startCommand(t, ['reload', '--name', 'api', '--allow-dropped-listeners'], { env });
  assert.deepEqual(await done.exited, { code: 0, signal: null });
  command.process.kill('SIGTERM');
  await command.exited;
});

test('HUP may drop listeners where the app was started so', async (t) => {
  const [command, releases] = await startApp(t, ['--allow-dropped-listeners']);
  releases.release('serve(ports[0]);');
  command.process.kill('SIGHUP');
  await command.seen(/^baton: reloaded in/m);
});

test('--watch lets them go', async (t) => {
  const directory = temporaryDirectory(t);
  const [command, releases] = await startApp(t, ['--watch', '--watch-path', directory]);
  releases.release('serve(ports[0]);');
  writeFileSync(path.join(directory, 'changed.js'), '');
  await command.seen(/^baton: reloaded in/m);
});
