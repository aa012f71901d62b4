// Changes this process's limit of open files for a while; each test file runs in a process of its own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { OpenFiles } from '#core/metrics/open-files.js';

/** prlimit(1) of util-linux, which every Linux has. The hard limit stays. */
function limitFds(limit: number): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(process.pid), `--nofile=${limit}:`], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

function openMany(count: number): number[] {
  const fds: number[] = [];
  try {
    while (fds.length < count) fds.push(openSync('/dev/null', 'r'));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EMFILE');
  }
  return fds;
}

test('what is opened is counted, and what is closed is not', () => {
  const files = new OpenFiles();
  const { open: before = NaN } = files.count();
  const fds = openMany(7);
  assert.equal(files.count().open, before + 7);
  for (const fd of fds) closeSync(fd);
  assert.equal(files.count().open, before);
});

test('the limit is the one of now; with no descriptor left, as many are open as may be', async () => {
  const files = new OpenFiles();
  const registry = new Registry();
  files.register(registry);
  const { limit: before = NaN } = files.count();
  limitFds(200);
  assert.equal(files.count().limit, 200);
  const fds = openMany(201);
  try {
    assert.ok(fds.length < 200, 'the limit is in force');
    assert.deepEqual(files.count(), { open: 200, limit: 200 });
    const text = await registry.metrics();
    assert.match(text, /^baton_primary_open_fds 200$/m);
    assert.match(text, /^baton_primary_max_fds 200$/m);
  } finally {
    for (const fd of fds) closeSync(fd);
  }
  limitFds(before);
  assert.equal(files.count().limit, before);
});

test('without /proc, what nobody knows is left out', async () => {
  const files = new OpenFiles('/nowhere');
  const registry = new Registry();
  files.register(registry);
  assert.deepEqual(files.count(), { open: undefined, limit: undefined });
  for (let scrape = 0; scrape < 2; scrape++) {
    assert.doesNotMatch(await registry.metrics(), /^baton/m);
    registry.resetMetrics();
  }
});
