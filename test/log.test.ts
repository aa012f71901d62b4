// What the log of a primary tells of its workers, and what the commands do.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { app, startCommand, temporaryDirectory, type Command } from './harness.js';
import { RawClient } from './raw-client.js';
import { VersionedApp } from './version.js';

interface Named {
  api: Command;
  /** Runs a command for it, to its end. */
  ask: (...args: string[]) => Promise<Command & { code: number | null }>;
}

async function start(t: TestContext, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Named> {
  const options = { env: { ...env, XDG_RUNTIME_DIR: temporaryDirectory(t) } };
  const api = startCommand(t, ['--name', 'api', '--no-metrics', '--probation', '0', ...args], options);
  await api.seen(/stop it with/);
  const ask: Named['ask'] = async (...command) => {
    const asked = startCommand(t, [...command, '--name', 'api'], options);
    const { code } = await asked.exited;
    return Object.assign(asked, { code });
  };
  return { api, ask };
}

function pidsOf({ stderr }: Command): number[] {
  const [, pids = ''] = /workers +\d+ \(pid ([\d, ]+)\)/.exec(stderr) ?? [];
  return pids.split(', ').map(Number);
}

test('a worker that a reload starts where one had crashed is told as replaced, and only that one as started again', async (t) => {
  const { api, ask } = await start(t, ['-w', '1', app('http.cjs')], { HOST: '127.0.0.1' });
  const [pid = 0] = pidsOf(api);
  process.kill(pid, 'SIGKILL');
  const [, again] = await api.seen(/^baton: worker 0 started again, pid (\d+)$/m);
  assert.equal((await ask('reload')).code, 0);
  const [, next] = await api.seen(
    new RegExp(`^baton: worker 0 replaced: pid (\\d+) took over from pid ${again}$`, 'm'),
  );
  process.kill(Number(next), 'SIGKILL');
  await api.seen(new RegExp(`^baton: worker 0 \\(pid ${next}\\) ended by SIGKILL$`, 'm'));
  await api.seen(/started again[^]*started again/);
  assert.equal(api.stderr.match(/started again/g)?.length, 2);
  assert.doesNotMatch(api.stderr, /undefined/);
});

test('all that a reload has replaced is told in one line', async (t) => {
  const { api, ask } = await start(t, ['-w', '3', app('http.cjs')], { HOST: '127.0.0.1' });
  await ask('reload');
  await api.seen(/^baton: reloaded in .*\nbaton: workers 0-2 replaced \(×3\)$/m);
});

test('a stop that was requested by command is told, with who requested it', async (t) => {
  const { api, ask } = await start(t, ['-w', '1', app('http.cjs')], { HOST: '127.0.0.1' });
  const { pid } = await ask('stop');
  const who = `process ${pid} \\(uid ${process.getuid?.()}\\) over the control socket`;
  assert.match(api.stderr, new RegExp(`^baton: stop: requested by ${who}$`, 'm'));
});

test('connections that are cut off are told, by the log and by the reload that has cut them off', async (t) => {
  const { api, ask } = await start(t, ['-w', '1', '--drain-timeout', '300ms', app('never-ends.cjs')]);
  const [pid] = pidsOf(api);
  const [, port] = await api.seen(/listening +127\.0\.0\.1:(\d+)/);
  const client = await RawClient.connect(Number(port));
  t.after(() => client.socket.destroy());
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  assert.equal((await client.response()).status, 101);
  const { stdout, code } = await ask('reload');
  assert.equal(code, 0);
  const which = `worker 0 \\(pid ${pid}\\) closed 1 connection \\(1 upgraded, such as WebSockets\\)`;
  assert.match(stdout, new RegExp(`^${which} at the end of --drain-timeout$`, 'm'));
  await api.seen(new RegExp(`^baton: ${which} after 0\\.3 s \\(--drain-timeout\\)$`, 'm'));
});

test('a drained worker that does not end as it was told is told of, by the log and by the reload', async (t) => {
  const { api, ask } = await start(t, ['-w', '1', app('ends-badly.cjs')]);
  const [pid] = pidsOf(api);
  const { stdout, code } = await ask('reload');
  assert.equal(code, 0, 'it is replaced all the same');
  assert.match(stdout, new RegExp(`^worker 0 \\(pid ${pid}\\) stopped: it ended with code 3$`, 'm'));
  await api.seen(
    new RegExp(`^baton: worker 0 \\(pid ${pid}\\) was told to end, and ended with code 3$`, 'm'),
  );
});

test('one that ends as it was told is nothing to tell of', async (t) => {
  const { api, ask } = await start(t, ['-w', '1', app('graceful.cjs')]);
  const { stdout } = await ask('reload');
  assert.match(stdout, /^worker 0 \(pid \d+\) stopped$/m);
  await ask('stop');
  assert.doesNotMatch(api.stderr, /ended/);
});

test('SIGKILL is told with the deadline that it came of: of a drain', async (t) => {
  const limits = ['--drain-timeout', '100ms', '--stop-timeout', '200ms'];
  const { api, ask } = await start(t, ['-w', '1', ...limits, app('blocks-at-term.cjs')]);
  const { stdout } = await ask('reload');
  const how =
    'by SIGKILL: it did not finish its requests and end within 0\\.3 s \\(--drain-timeout and --stop-timeout\\)';
  assert.match(stdout, new RegExp(`^worker 0 \\(pid \\d+\\) stopped: it ended ${how}$`, 'm'));
  await api.seen(new RegExp(`^baton: worker 0 \\(pid \\d+\\) was told to end, and ended ${how}$`, 'm'));
});

test('SIGKILL is told with the deadline that it came of: of a stop, once for all workers', async (t) => {
  const { api } = await start(t, ['-w', '3', '--stop-timeout', '200ms', app('blocks-at-term.cjs')]);
  api.process.kill('SIGTERM');
  assert.equal((await api.exited).code, 0);
  assert.match(
    api.stderr,
    /^baton: workers 0-2 were told to end, and ended by SIGKILL: it did not stop within 0\.2 s \(--stop-timeout\) \(×3\)$/m,
  );
});

test('SIGKILL is told with the deadline that it came of: of a worker that does not become ready', async (t) => {
  const versioned = new VersionedApp(t);
  const { api, ask } = await start(t, ['-w', '1', '--ready-timeout', '500ms', versioned.file], versioned.env);
  versioned.release({ fault: 'never listens' });
  const { stdout, code } = await ask('reload');
  assert.equal(code, 1);
  const how = 'ended by SIGKILL: it was not ready within 0\\.5 s \\(--ready-timeout\\)';
  assert.match(stdout, new RegExp(`^worker 0 \\(pid \\d+\\) crashed: it ${how}$`, 'm'));
  await api.seen(new RegExp(`^baton: worker 0 \\(pid \\d+\\) ${how}$`, 'm'));
});

test('a limit that a fresh worker is beyond is told once, and the workers stay', async (t) => {
  const { api } = await start(t, ['-w', '2', '--max-memory', '30M', app('http.cjs')], { HOST: '127.0.0.1' });
  await api.seen(
    /^baton: A new worker of slot 0 already uses \d+ MB, above --max-memory 30M\. .* Raise it .*$/m,
  );
  api.process.kill('SIGTERM');
  await api.exited;
  assert.doesNotMatch(api.stderr, /replaced$|slot 1/m);
});
