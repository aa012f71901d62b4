// Node's inspector in workers: whose port is which, and whose turn it is.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { ask, type Answer } from './client.js';
import { attach } from './debugger.js';
import { app, portOf, startCommand, startPrimary, temporaryDirectory, until } from './harness.js';

const host = '127.0.0.1';

interface Inspected extends Answer {
  debugPort: number;
  url?: string;
}

/** A port that is free, and so many behind it. They are none that the kernel gives to clients. */
async function portBefore(count: number): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 30_000);
    const servers = Array.from({ length: count + 1 }, (_, index) =>
      net.createServer().listen(port + index, host),
    );
    const areFree = await Promise.all(
      servers.map((server) =>
        once(server, 'listening').then(
          () => true,
          () => false,
        ),
      ),
    );
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    if (areFree.every(Boolean)) return port;
  }
}

/** What the worker of each slot tells. */
async function inspected(port: number, slots: number): Promise<Inspected[]> {
  const bySlot: Inspected[] = [];
  await until(async () => {
    const answer = (await ask({ port, host })) as Inspected;
    bySlot[answer.slot] = answer;
    return Object.keys(bySlot).length === slots;
  }, 'all slots answer');
  return bySlot;
}

function inspectorPorts(workers: readonly Inspected[]): number[] {
  return workers.map(({ url }) => Number(new URL(url ?? 'ws://none:0').port));
}

for (const handoff of ['connections', 'listeners'] as const) {
  test(`handoff of ${handoff}: each slot has a port, and keeps it through reloads and crashes`, async (t) => {
    const before = await portBefore(2);
    const expected = [before + 1, before + 2];
    const args = ['--no-metrics', '--probation', '0', '-w', '2', '--handoff', handoff];
    const command = startCommand(t, [...args, `--inspect=${before}`, app('inspector.cjs')]);
    const [, port = ''] = await command.seen(/listening +127\.0\.0\.1:(\d+)[^]*stop it with/);
    const first = await inspected(Number(port), 2);
    assert.deepEqual(inspectorPorts(first), expected);
    assert.deepEqual(
      first.map(({ debugPort }) => debugPort),
      expected,
    );

    let next: Inspected[] = [];
    const haveThePorts = async (): Promise<boolean> => {
      next = await inspected(Number(port), 2);
      return inspectorPorts(next).join() === expected.join();
    };
    command.process.kill('SIGHUP');
    await command.seen(/baton: reloaded in/);
    await until(haveThePorts, 'the new workers have the ports');
    assert.ok(next.every(({ pid, slot }) => pid !== first[slot]?.pid));

    const [{ pid } = assert.fail()] = next;
    process.kill(pid, 'SIGKILL');
    await until(async () => (await haveThePorts()) && next[0]?.pid !== pid, 'the next one has the port');
    assert.doesNotMatch(command.stderr, /address already in use/);
    assert.equal(command.stderr.match(/Debugger listening/g)?.length, 5);
  });
}

test('a reload while nobody is in the slot: the new worker has the port', async (t) => {
  const before = await portBefore(1);
  const primary = await startPrimary(t, {
    app: app('inspector.cjs'),
    workers: 1,
    probationMs: 0,
    execArgv: [`--inspect=${before}`],
  });
  const [{ pid } = assert.fail()] = await inspected(portOf(primary), 1);
  // What crashes once more is started again after a pause.
  const crashedTwice = new Promise<void>((resolve) => {
    let crashes = 0;
    primary.on('worker', (worker) => {
      if (worker.state === 'crashed' && ++crashes === 2) resolve();
      if (worker.state === 'starting' && crashes === 1) process.kill(worker.pid ?? assert.fail(), 'SIGKILL');
    });
  });
  process.kill(pid, 'SIGKILL');
  await crashedTwice;
  await primary.reload();
  await until(
    async () => inspectorPorts(await inspected(portOf(primary), 1))[0] === before + 1,
    'it has the port',
  );
});

test('of NODE_OPTIONS, too, where the primary has the port that is named', async (t) => {
  const before = await portBefore(1);
  const cwd = temporaryDirectory(t);
  const content = { app: app('inspector.cjs'), workers: 1, metrics: false };
  writeFileSync(path.join(cwd, 'baton.config.mjs'), `export default ${JSON.stringify(content)};`);
  const command = startCommand(t, [], { cwd, env: { NODE_OPTIONS: `--inspect=${before}` } });
  const [, port = ''] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  assert.deepEqual(inspectorPorts(await inspected(Number(port), 1)), [before + 1]);
  assert.match(command.stderr, new RegExp(`Debugger listening on ws://${host}:${before}/`));
  assert.doesNotMatch(command.stderr, /address already in use/, 'the configuration is run without');
});

test('SIGUSR1 to a worker opens its inspector at a port of its own', async (t) => {
  const before = process.debugPort;
  t.after(() => (process.debugPort = before));
  process.debugPort = await portBefore(2);
  // The test runner may have given this process a port.
  const primary = await startPrimary(t, { app: app('inspector.cjs'), workers: 2, execArgv: [] });
  const closed = await inspected(portOf(primary), 2);
  assert.deepEqual(
    closed.map(({ url }) => url),
    [undefined, undefined],
  );
  for (const { pid } of closed) process.kill(pid, 'SIGUSR1');
  await until(async () => {
    const ports = inspectorPorts(await inspected(portOf(primary), 2));
    return ports.join() === [process.debugPort + 1, process.debugPort + 2].join();
  }, 'both are open');
});

for (const option of ['--inspect-brk', '--inspect-wait']) {
  test(`${option}: a worker waits for a debugger, but none that takes another's place`, async (t) => {
    const before = await portBefore(1);
    const args = ['--no-metrics', '--probation', '0', '-w', '1'];
    const command = startCommand(t, [...args, `${option}=${before}`, app('inspector.cjs')]);
    const [, url = ''] = await command.seen(/Debugger listening on (ws:\S+)/);
    assert.equal(Number(new URL(url).port), before + 1);
    const attached = await attach(url);
    const [, port = ''] = await command.seen(/listening +127\.0\.0\.1:(\d+)[^]*stop it with/);
    const [first] = await inspected(Number(port), 1);
    // With a debugger attached, node waits at its end for that to go.
    attached.destroy();
    command.process.kill('SIGHUP');
    await command.seen(/baton: reloaded in/);
    await until(async () => {
      const [next] = await inspected(Number(port), 1);
      return next?.pid !== first?.pid && next?.url !== undefined;
    }, 'the new one has an inspector');
  });
}

for (const watch of [[], ['--watch']]) {
  test(`${['one plain process', ...watch].join(' with ')} has the port that baton's own node has opened`, async (t) => {
    const cwd = temporaryDirectory(t);
    writeFileSync(
      path.join(cwd, 'app.js'),
      `console.log(require('node:inspector').url()); setInterval(() => {}, 60_000);`,
    );
    const port = await portBefore(0);
    const inspect = `--inspect=${port}`;
    for (const options of [{ execArgv: [inspect] }, { env: { NODE_OPTIONS: inspect } }]) {
      const env = { BATON_ADDON: 'none', ...options.env };
      const command = startCommand(t, [...watch, 'app.js'], { cwd, ...options, env });
      const [, url] = await command.seen(/^(.+)\n/, 'stdout');
      assert.equal(new URL(url ?? '').port, String(port));
      command.process.kill('SIGTERM');
      await command.exited;
    }
  });
}
