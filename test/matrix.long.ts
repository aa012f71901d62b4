// The end-to-end tests on every supported Node, as binaries from npm.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from './harness.js';

const run = promisify(execFile);

for (const major of [20, 22, 24, 26]) {
  test(`Node ${major}`, async (t) => {
    const directory = temporaryDirectory(t);
    // The package `node` would run a script to fetch this one, which has the binary in it.
    const binaries = `node-${process.platform}-${process.arch}`;
    await run('npm', ['install', '--prefix', directory, '--no-save', '--no-audit', `${binaries}@${major}`]);
    const node = path.join(directory, 'node_modules', binaries, 'bin/node');
    const files = readdirSync(import.meta.dirname)
      .filter((name) => name.endsWith('.test.js'))
      .map((name) => path.join(import.meta.dirname, name));
    const { stdout } = await run(node, ['--test', '--test-concurrency=1', '--test-reporter=tap', ...files], {
      // Without this, a test runner inside of one reports to the outer, and prints nothing.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      maxBuffer: 1 << 26,
    }).catch((error: { stdout: string }) => error);
    // With what is said of each failed test.
    assert.deepEqual(stdout.match(/^not ok [^]*?\n {2}\.\.\.$/gm) ?? [], []);
    assert.match(stdout, /^# pass [1-9]/m);
  });
}
