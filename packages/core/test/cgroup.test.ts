// Limits of control groups, from made-up files as the kernel has them.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { cpuQuota, memoryLimit } from '#core/cgroup.js';
import { usableProcessors } from '#core/processors.js';
import { directoryWith } from './config/directory.js';

interface Fixture {
  cgroup: string;
  /** Lines of mountinfo, in which `@` is the directory of the files. */
  mounts: readonly string[];
  files: Readonly<Record<string, string>>;
}

const version2 = '30 23 0:26 / @/sys rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';
const cpuOf1 = '32 31 0:29 / @/sys/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct';
const memoryOf1 = '35 31 0:32 / @/sys/memory rw,relatime - cgroup cgroup rw,memory';

/** A directory as /proc/self, with the files of the groups in it. */
function procWith(t: TestContext, { cgroup, mounts, files }: Fixture): string {
  const proc = directoryWith(t, { cgroup: `${cgroup}\n`, ...files });
  const lines = ['22 28 0:21 / /proc rw - proc proc rw', ...mounts];
  writeFileSync(path.join(proc, 'mountinfo'), `${lines.join('\n').replaceAll('@', proc)}\n`);
  return proc;
}

const quotas: [string, Fixture, { value: number; file: string } | undefined][] = [
  [
    'version 2: the group itself',
    {
      cgroup: '0::/app',
      mounts: [version2],
      files: { 'sys/app/cpu.max': '150000 100000\n', 'sys/cgroup.controllers': 'cpu\n' },
    },
    { value: 1.5, file: 'sys/app/cpu.max' },
  ],
  [
    'version 2: a group above it is lower',
    {
      cgroup: '0::/pod/app',
      mounts: [version2],
      files: { 'sys/pod/app/cpu.max': '400000 100000\n', 'sys/pod/cpu.max': '100000 50000\n' },
    },
    { value: 2, file: 'sys/pod/cpu.max' },
  ],
  [
    'version 2: no quota',
    { cgroup: '0::/app', mounts: [version2], files: { 'sys/app/cpu.max': 'max 100000\n' } },
    undefined,
  ],
  [
    'version 2, in a namespace of its own',
    { cgroup: '0::/', mounts: [version2], files: { 'sys/cpu.max': '100000 100000\n' } },
    { value: 1, file: 'sys/cpu.max' },
  ],
  [
    'version 2: the group is outside of what is mounted',
    { cgroup: '0::/../other', mounts: [version2], files: { 'sys/cpu.max': '100000 100000\n' } },
    { value: 1, file: 'sys/cpu.max' },
  ],
  [
    'version 1: the group itself, where its own directory alone is mounted',
    {
      cgroup: '4:memory:/docker/7f\n2:cpu,cpuacct:/docker/7f\n1:name=systemd:/docker/7f',
      mounts: [memoryOf1, cpuOf1.replace(' / ', ' /docker/7f ')],
      files: {
        'sys/cpu,cpuacct/cpu.cfs_quota_us': '250000\n',
        'sys/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      },
    },
    { value: 2.5, file: 'sys/cpu,cpuacct/cpu.cfs_quota_us' },
  ],
  [
    'version 1: no quota',
    {
      cgroup: '2:cpu,cpuacct:/app',
      mounts: [cpuOf1],
      files: {
        'sys/cpu,cpuacct/app/cpu.cfs_quota_us': '-1\n',
        'sys/cpu,cpuacct/app/cpu.cfs_period_us': '100000\n',
      },
    },
    undefined,
  ],
  [
    'version 1: another controller, of a similar name, is none',
    {
      cgroup: '3:cpuset:/app',
      mounts: [cpuOf1],
      files: {
        'sys/cpu,cpuacct/app/cpu.cfs_quota_us': '1000\n',
        'sys/cpu,cpuacct/app/cpu.cfs_period_us': '1000\n',
      },
    },
    undefined,
  ],
  [
    'both versions at once, and a blank in the path',
    {
      cgroup: '2:cpu,cpuacct:/an app\n0::/an app',
      mounts: [cpuOf1, version2.replace('@/sys ', '@/the\\040unified ')],
      files: {
        'the unified/an app/cpu.max': '50000 100000\n',
        'sys/cpu,cpuacct/an app/cpu.cfs_quota_us': '200000\n',
        'sys/cpu,cpuacct/an app/cpu.cfs_period_us': '100000\n',
      },
    },
    { value: 0.5, file: 'the unified/an app/cpu.max' },
  ],
  ['no control groups', { cgroup: '', mounts: [], files: {} }, undefined],
];

for (const [title, fixture, expected] of quotas) {
  test(`CPU quota, ${title}`, (t) => {
    const proc = procWith(t, fixture);
    assert.deepEqual(cpuQuota(proc), expected && { ...expected, file: path.join(proc, expected.file) });
  });
}

test('the limit of memory, of both versions', (t) => {
  const two = procWith(t, {
    cgroup: '0::/pod/app',
    mounts: [version2],
    files: { 'sys/pod/app/memory.max': 'max\n', 'sys/pod/memory.max': '536870912\n' },
  });
  assert.deepEqual(memoryLimit(two), { value: 536_870_912, file: path.join(two, 'sys/pod/memory.max') });
  const one = procWith(t, {
    cgroup: '4:memory:/app',
    mounts: [memoryOf1],
    files: {
      'sys/memory/app/memory.limit_in_bytes': '1073741824\n',
      'sys/memory/memory.limit_in_bytes': '9223372036854771712\n',
    },
  });
  const file = path.join(one, 'sys/memory/app/memory.limit_in_bytes');
  assert.deepEqual(memoryLimit(one), { value: 1_073_741_824, file });
  assert.equal(memoryLimit(procWith(t, { cgroup: '0::/', mounts: [version2], files: {} })), undefined);
});

test('one worker for each processor that may be used, rounded down, and one at least', (t) => {
  const withQuota = (max: string): string =>
    procWith(t, { cgroup: '0::/', mounts: [version2], files: { 'sys/cpu.max': `${max}\n` } });
  const one = withQuota('100000 100000');
  assert.deepEqual(
    // Of a machine with one processor, a quota of one is none.
    cpus().length > 1 ? usableProcessors(one) : undefined,
    cpus().length > 1 ? { count: 1, because: `a quota of 1 CPU in ${one}/sys/cpu.max` } : undefined,
  );
  const little = withQuota('25000 100000');
  assert.deepEqual(usableProcessors(little), {
    count: 1,
    because: `a quota of 0.25 CPUs in ${little}/sys/cpu.max`,
  });
  const { count, because } = usableProcessors(withQuota('99999900000 100000'));
  assert.equal(count, availableParallelism());
  assert.match(because, /^(one for each CPU|an affinity to \d+ of \d+ CPUs)$/);
});
