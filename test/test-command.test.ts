// What `pnpm test NAME` runs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root } from './harness.js';

const run = promisify(execFile);
const script = path.join(root, 'scripts/test.js');

test('a name that no test file has is an error, beside one that there is too', async () => {
  for (const names of [['no-such-test'], ['percentile', 'no-such-test']])
    await assert.rejects(
      run(process.execPath, [script, '--no-native', ...names], { env: outsideTests() }),
      /No test file has no-such-test in its name/,
    );
});

test('a name selects the files that have it', async () => {
  const { stdout } = await run(process.execPath, [script, '--no-native', 'cli/percentile'], {
    env: outsideTests(),
  });
  assert.match(stdout, /\n[1-9]\d* passed, 0 failed\n$/);
});

/** The runner of node:test takes a process of its own tests for one of them. */
function outsideTests(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return env;
}
