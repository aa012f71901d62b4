// Figures of the documentation come from recorded reports.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { root } from '../harness.js';

test('docs/benchmarks.md and the results of README.md are those of bench/results', () => {
  const script = path.join(root, 'scripts/docs/benchmarks-page.js');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
