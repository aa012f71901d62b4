// The limits that a container has: how many workers there are by default, and whether their heaps have room.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { app, Command, startCommand, type CommandOptions } from './harness.js';

/** Files of a container, for one that cannot be made here. */
function madeUp(limits: Readonly<Record<string, string>>): CommandOptions {
  const group = '/made-up/cgroup';
  const files = {
    '/proc/self/cgroup': '0::/\n',
    '/proc/self/mountinfo': `30 23 0:26 / ${group} rw - cgroup2 cgroup2 rw\n`,
    ...Object.fromEntries(Object.entries(limits).map(([name, text]) => [`${group}/${name}`, text])),
  };
  return {
    env: { WEB_CONCURRENCY: '', MADE_UP_FILES: JSON.stringify(files) },
    execArgv: ['--require', app('reads-made-up-files.cjs')],
  };
}

/** A real control group with a quota of one CPU, of version 2 or else 1, and what runs a command in it; where it may be made. */
function groupWithQuota(): { directory: string; options: CommandOptions } | undefined {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const pointOf = (type: RegExp): string | undefined => mounts.find((line) => type.test(line))?.split(' ')[4];
  const kinds: [string | undefined, Record<string, string>][] = [
    [pointOf(/ - cgroup2 /), { 'cpu.max': '100000 100000' }],
    [pointOf(/ - cgroup .*\bcpu(,|$)/), { 'cpu.cfs_period_us': '100000', 'cpu.cfs_quota_us': '100000' }],
  ];
  for (const [point, limits] of kinds) {
    if (point === undefined) continue;
    const directory = path.join(point, `baton-test-${process.pid}`);
    try {
      mkdirSync(directory);
    } catch {
      continue; // that is not for this user
    }
    try {
      // It has no such file where its controller is used elsewhere.
      for (const [name, text] of Object.entries(limits)) {
        writeFileSync(path.join(directory, name), text, { flag: 'r+' });
      }
      const prefix = ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', directory];
      return { directory, options: { prefix, env: { WEB_CONCURRENCY: '' } } };
    } catch {
      rmdirSync(directory);
    }
  }
  return undefined;
}

type Printed = Record<string, { value: unknown; from: string; because?: string }>;

async function workersOf(args: readonly string[], options: CommandOptions): Promise<Printed[string]> {
  const command = new Command(['config', '--json', ...args], options);
  assert.equal((await command.exited).code, 0, command.stderr);
  const { workers } = JSON.parse(command.stdout) as Printed;
  assert.ok(workers);
  return workers;
}

test('a quota of one CPU, in a control group', { skip: cpus().length === 1 }, async () => {
  const group = groupWithQuota();
  const options = group?.options ?? madeUp({ 'cpu.max': '100000 100000\n' });
  const file = group?.directory ?? '/made-up/cgroup';
  try {
    const [byDefault, most, given] = await Promise.all([
      workersOf([], options),
      workersOf(['--workers', 'max'], options),
      workersOf(['--workers', '3'], options),
    ]);
    assert.match(byDefault.because ?? '', new RegExp(`^a quota of 1 CPU in ${file}/cpu\\..*$`));
    assert.deepEqual(byDefault, { value: 1, from: 'default', because: byDefault.because });
    assert.deepEqual(most, { ...byDefault, from: 'flag --workers' });
    assert.deepEqual(given, { value: 3, from: 'flag --workers' });
  } finally {
    if (group) rmdirSync(group.directory);
  }
});

test('for people, beside the source of the number', async (t) => {
  const command = startCommand(t, ['config'], madeUp({ 'cpu.max': '50000 100000\n' }));
  await command.exited;
  assert.match(command.stdout, /^workers +1 +default: a quota of 0\.5 CPUs in \/made-up\/cgroup\/cpu\.max$/m);
});

test('an affinity to one CPU', { skip: cpus().length === 1 }, async () => {
  const options = { prefix: ['taskset', '--cpu-list', '0'], env: { WEB_CONCURRENCY: '' } };
  const { value, because } = await workersOf([], options);
  assert.deepEqual([value, because], [1, `an affinity to 1 of ${cpus().length} CPUs`]);
});

async function startMessageOf(t: TestContext, args: readonly string[]): Promise<string> {
  const options = madeUp({ 'memory.max': '134217728\n' });
  const command = startCommand(t, ['--no-metrics', '-w', '1', ...args, app('http.cjs')], options);
  await command.seen(/listening +/);
  command.process.kill('SIGTERM');
  await command.exited;
  return command.stderr;
}

test('heaps that may need more than the memory limit are warned of, unless workers are replaced before', async (t) => {
  const limit = 'memory is limited to 128M \\(/made-up/cgroup/memory\\.max\\)';
  const [tight, small, many, limited] = await Promise.all([
    startMessageOf(t, []),
    startMessageOf(t, ['--max-old-space-size=100']),
    startMessageOf(t, ['--max-old-space-size=100', '-w', '2']),
    startMessageOf(t, ['--max-memory', '100M']),
  ]);
  assert.match(
    tight ?? '',
    new RegExp(`^baton: ${limit}, but a worker with a heap of up to .* may need more`, 'm'),
  );
  assert.match(
    many ?? '',
    new RegExp(`^baton: ${limit}, but 2 workers with heaps of up to 100M each may`, 'm'),
  );
  for (const text of [small, limited]) assert.doesNotMatch(text ?? '', /memory is limited/);
});
