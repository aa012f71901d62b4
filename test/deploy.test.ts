// Releases in directories of their own, and a link to the one that is to run.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Primary, PrimaryOptions, PrimaryStatus, WorkerInfo } from '@baton/core';
import { askRelease, Deployment, releaseApp } from './deployment.js';
import { portOf, startPrimary, until } from './harness.js';

for (const handoff of ['connections', 'listeners'] as const) {
  for (const isRemovedFirst of [true, false]) {
    const when = isRemovedFirst ? 'before' : 'after';
    test(`${handoff}: a reload serves what the link leads to, in its directory, the old release deleted ${when} it`, async (t) => {
      const deployment = new Deployment(t);
      const { port } = await deployment.start(['-w', '2', '--handoff', handoff, 'app.cjs', '--', '--loud']);
      const { current } = deployment;
      const before = await askRelease(port);
      assert.deepEqual([before.release, before.cwd, before.pwd], [7, deployment.directory(7), current]);

      deployment.add(8);
      deployment.point(8);
      if (isRemovedFirst) deployment.remove(7);
      const reload = deployment.command(['reload']);
      assert.deepEqual(await reload.exited, { code: 0, signal: null }, reload.stderr);
      if (!isRemovedFirst) deployment.remove(7);
      const { pid, release, cwd, pwd, directory, args } = await askRelease(port);
      assert.deepEqual([release, cwd, pwd, directory], [8, deployment.directory(8), current, cwd]);
      assert.deepEqual(args, ['--loud']);

      process.kill(pid, 'SIGKILL');
      const scale = deployment.command(['scale', '3']);
      assert.deepEqual(await scale.exited, { code: 0, signal: null }, scale.stderr);
      const status = deployment.command(['status', '--json']);
      await status.exited;
      const { workers } = JSON.parse(status.stdout) as PrimaryStatus;
      const running = workers.map(({ generation, directory: where }) => [generation, where]);
      assert.deepEqual(
        running,
        Array.from({ length: 3 }, () => [2, deployment.directory(8)]),
      );
      assert.ok(workers.every((worker) => worker.pid !== pid));
    });
  }
}

/** A primary in this process whose workers run where the link leads. */
async function start(
  t: TestContext,
  deployment: Deployment,
  options: Partial<PrimaryOptions> = {},
): Promise<{ primary: Primary; warnings: string[] }> {
  const primary = await startPrimary(t, {
    app: 'app.cjs',
    cwd: deployment.current,
    workers: 2,
    probationMs: 0,
    listenWarningMs: 60_000,
    ...options,
  });
  const warnings: string[] = [];
  primary.on('warning', (message) => warnings.push(message));
  return { primary, warnings };
}

/** Kills the worker of the slot. Resolves with the one that takes its place, when that is ready. */
async function killed(primary: Primary, slot: number, generation?: number): Promise<WorkerInfo> {
  const victim = primary
    .snapshot()
    .workers.find((one) => one.slot === slot && (generation === undefined || one.generation === generation));
  assert.ok(victim?.pid !== undefined);
  process.kill(victim.pid, 'SIGKILL');
  return nextReady(primary, (worker) => worker.slot === slot && worker.id !== victim.id);
}

async function nextReady(primary: Primary, isIt: (worker: WorkerInfo) => boolean): Promise<WorkerInfo> {
  for (;;) {
    const [worker] = (await once(primary, 'worker')) as [WorkerInfo];
    if (worker.state === 'ready' && isIt(worker)) return worker;
  }
}

function directories(primary: Primary): [slot: number, generation: number, directory: string][] {
  const { workers } = primary.snapshot();
  return workers.map(({ slot, generation, directory }) => [slot, generation, directory]);
}

test('a crash, a scale and a recycle stay with the last reload, wherever the link leads', async (t) => {
  const deployment = new Deployment(t);
  const { primary, warnings } = await start(t, deployment, { maxAgeMs: 6_000 });
  const [seven, eight] = [7, 8].map((release) => deployment.directory(release));
  deployment.add(8);
  deployment.point(8);
  assert.equal((await killed(primary, 0)).directory, seven);
  await primary.reload();
  deployment.add(9);
  deployment.point(9);
  assert.deepEqual((await killed(primary, 1)).directory, eight);
  await primary.scale(3);
  const recycled = nextReady(primary, ({ generation }) => generation > 2);
  assert.deepEqual(directories(primary), [
    [0, 2, eight],
    [1, 2, eight],
    [2, 2, eight],
  ]);
  assert.deepEqual((await recycled).directory, eight);
  assert.equal((await askRelease(portOf(primary))).release, 8);
  assert.deepEqual(warnings, []);
});

test('a reload that fails changes nothing', async (t) => {
  const deployment = new Deployment(t);
  const { primary } = await start(t, deployment, { workers: 1 });
  deployment.add(8, { 'app.cjs': 'throw new Error("half a release");' });
  deployment.point(8);
  await assert.rejects(primary.reload(), /0 of 1 .*half a release/s);
  rmSync(path.join(deployment.directory(8), 'app.cjs'));
  await assert.rejects(primary.reload(), /0 of 1 .* There is no app "app\.cjs" in /s);
  rmSync(deployment.current);
  await assert.rejects(primary.reload(), /0 of 1 .* The workers' directory .*\/current does not exist/s);
  assert.equal((await killed(primary, 0)).directory, deployment.directory(7));
  await primary.scale(2);
  assert.deepEqual(directories(primary), [
    [0, 1, deployment.directory(7)],
    [1, 1, deployment.directory(7)],
  ]);
});

/** Does not listen in slot 1 before the file GO is there. */
const waitsInSlot1 = `
  if (process.env.BATON_SLOT === '1') {
    while (!require('node:fs').existsSync('GO')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }`;

test('a crash in the middle of a reload is followed by a worker of the same release', async (t) => {
  const deployment = new Deployment(t);
  const { primary } = await start(t, deployment);
  deployment.add(8, { 'app.cjs': releaseApp(8, waitsInSlot1) });
  deployment.point(8);
  const reloaded = primary.reload();
  await until(
    () => directories(primary).some(([slot, generation]) => slot === 1 && generation === 2),
    'it waits',
  );
  const replaced = await killed(primary, 0);
  assert.deepEqual([replaced.generation, replaced.directory], [2, deployment.directory(8)]);
  const waiting = await killed(primary, 1, 1);
  assert.deepEqual([waiting.generation, waiting.directory], [1, deployment.directory(7)]);
  deployment.add(8, { GO: '' });
  assert.equal((await reloaded).workers, 2);
  assert.deepEqual(
    directories(primary).map(([, , directory]) => directory),
    [deployment.directory(8), deployment.directory(8)],
  );
});

test('after a reload that failed half way, a crash goes back to the release before', async (t) => {
  const deployment = new Deployment(t);
  const { primary } = await start(t, deployment);
  deployment.add(8, { 'app.cjs': releaseApp(8, "if (process.env.BATON_SLOT === '1') process.exit(3)") });
  deployment.point(8);
  await assert.rejects(primary.reload(), /1 of 2 workers were replaced/);
  assert.deepEqual(directories(primary), [
    [0, 2, deployment.directory(8)],
    [1, 1, deployment.directory(7)],
  ]);
  const { generation, directory } = await killed(primary, 0);
  assert.deepEqual([generation, directory], [1, deployment.directory(7)]);
});

test('where the directory is gone, a crash is followed by what the link leads to, and that is told', async (t) => {
  const deployment = new Deployment(t);
  const { primary, warnings } = await start(t, deployment);
  deployment.add(8);
  deployment.point(8);
  deployment.remove(7);
  const [seven, eight] = [7, 8].map((release) => deployment.directory(release));
  const { generation, directory } = await killed(primary, 0);
  assert.deepEqual([generation, directory], [1, eight]);
  const warning = `${seven} no longer exists: workers are now started in ${eight}, to which ${deployment.current} points now`;
  assert.deepEqual(warnings, [warning]);
  assert.equal((await killed(primary, 1)).directory, eight);
  assert.deepEqual(warnings, [warning], 'once');
});

test('where there is no directory at all, a crashed worker is started when there is one', async (t) => {
  const deployment = new Deployment(t);
  const { primary } = await start(t, deployment, { workers: 1 });
  deployment.remove(7);
  const failed = new Promise<Error | undefined>((resolve) => {
    primary.on('worker', (_, { error }) => error && resolve(error));
  });
  const back = killed(primary, 0);
  assert.match(String(await failed), /The workers' directory .*\/current does not exist/);
  deployment.add(7);
  assert.equal((await back).directory, deployment.directory(7));
});

test('--cwd is for those whose $PWD does not say by which link they came', async (t) => {
  const deployment = new Deployment(t, { 'baton.config.json': '{"app": "app.cjs", "workers": 1}' });
  const env = { PWD: '/' };
  for (const given of [
    { args: ['--cwd', deployment.current], env },
    { args: [], env: { ...env, BATON_CWD: '../../current' } },
  ]) {
    deployment.point(7);
    const options = { cwd: deployment.directory(7), env: given.env };
    const { port, command } = await deployment.start(given.args, options);
    const before = await askRelease(port);
    assert.deepEqual([before.cwd, before.pwd], [deployment.directory(7), deployment.current]);
    deployment.add(8, { 'baton.config.json': '{"app": "app.cjs", "args": ["--new"]}' });
    deployment.point(8);
    assert.deepEqual(await deployment.command(['reload']).exited, { code: 0, signal: null });
    const { release, cwd, args } = await askRelease(port);
    assert.deepEqual([release, cwd, args], [8, deployment.directory(8), ['--new']]);
    command.process.kill('SIGTERM');
    await command.exited;
  }
  const wrong = deployment.command(['--cwd', 'nowhere', 'app.cjs']);
  assert.equal((await wrong.exited).code, 1);
  assert.match(wrong.stderr, /^baton: The workers' directory .*\/current\/nowhere does not exist/);
});

test('a shell whose directory has been deleted can reload, and start', async (t) => {
  const deployment = new Deployment(t);
  const { port, command } = await deployment.start(['-w', '1', 'app.cjs']);
  deployment.add(8);
  deployment.point(8);
  // A shell sets $PWD anew when it starts.
  const script = 'rm -rf "$1"; shift; PWD="$0" exec "$@"';
  const prefix = ['sh', '-c', script, deployment.current, deployment.directory(7)];
  const reload = deployment.command(['reload'], { cwd: deployment.directory(7), prefix });
  assert.deepEqual(await reload.exited, { code: 0, signal: null }, reload.stderr);
  assert.equal((await askRelease(port)).release, 8);
  command.process.kill('SIGTERM');
  await command.exited;
  deployment.add(7);
  const again = await deployment.start(['-w', '1', 'app.cjs'], { cwd: deployment.directory(7), prefix });
  assert.equal((await askRelease(again.port)).release, 8);
});

test('a $PWD that leads elsewhere is none', async (t) => {
  const deployment = new Deployment(t);
  const { port } = await deployment.start(['-w', '1', 'app.cjs'], { env: { PWD: deployment.root } });
  const { cwd, pwd } = await askRelease(port);
  assert.deepEqual([cwd, pwd], [deployment.directory(7), deployment.directory(7)]);
});

test('an app that is named by the link follows it at a reload, and no sooner', async (t) => {
  const deployment = new Deployment(t);
  const app = path.join(deployment.current, 'app.cjs');
  const { primary } = await start(t, deployment, { app, cwd: '/', workers: 1 });
  deployment.add(8);
  deployment.point(8);
  await killed(primary, 0);
  assert.equal((await askRelease(portOf(primary))).release, 7);
  await primary.reload();
  const { release, cwd } = await askRelease(portOf(primary));
  assert.deepEqual([release, cwd], [8, '/']);
});

test('modules that are loaded before the app are those of the release, however they are named', async (t) => {
  const preload = (release: number): Record<string, string> => ({
    'one.cjs': `(globalThis.preloaded ??= []).push('one ${release}')`,
    'two.mjs': `(globalThis.preloaded ??= []).push('two ${release}')`,
    'three.cjs': `(globalThis.preloaded ??= []).push('three ${release}')`,
    'node_modules/four/index.js': `(globalThis.preloaded ??= []).push('four ${release}')`,
  });
  const deployment = new Deployment(t, preload(7));
  const { primary } = await start(t, deployment, {
    workers: 1,
    require: ['./one.cjs', path.join(deployment.current, 'three.cjs'), 'four'],
    import: ['./two.mjs'],
  });
  const loaded = async (): Promise<unknown> => (await askRelease(portOf(primary))).preloaded;
  const all = (release: number): string[] =>
    ['one', 'three', 'four', 'two'].map((name) => `${name} ${release}`);
  assert.deepEqual(await loaded(), all(7));
  deployment.add(8, preload(8));
  deployment.point(8);
  await killed(primary, 0);
  assert.deepEqual(await loaded(), all(7));
  await primary.reload();
  assert.deepEqual(await loaded(), all(8));
});

test('--watch follows the link', async (t) => {
  const deployment = new Deployment(t);
  const { command, port } = await deployment.start(['--watch', '-w', '1', 'app.cjs']);
  deployment.add(8, { 'app.cjs': 'throw new Error("half a release");' });
  deployment.point(8);
  command.process.kill('SIGHUP');
  await command.seen(/The reload failed.*half a release/s);
  // That is where somebody mends it.
  deployment.add(8);
  await command.seen(/baton: .* changed: reloading\n/);
  await until(async () => (await askRelease(port)).release === 8, 'release 8 answers');
});
