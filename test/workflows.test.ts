// What actionlint does not ask of the workflows.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { root } from './harness.js';

interface Job {
  permissions?: Record<string, string>;
  uses?: string;
  'timeout-minutes'?: number;
}

interface Workflow {
  permissions?: unknown;
  jobs: Record<string, Job>;
}

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const directory = path.join(root, '.github/workflows');

for (const name of readdirSync(directory)) {
  const text = readFileSync(path.join(directory, name), 'utf8');
  const workflow = parse(text) as Workflow;

  test(`${name}: actions and images are pinned by digest`, () => {
    for (const [line] of text.matchAll(/^.*\buses: .*$/gm))
      assert.match(line, /uses: (\.\/\S+|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
    for (const [line] of text.matchAll(/^.*\b(?:container|image): .*$/gim))
      assert.match(line, /: \S+:\S+@sha256:[0-9a-f]{64}$/);
  });

  test(`${name}: the scripts that it runs are there`, () => {
    for (const [, script = ''] of text.matchAll(/pnpm@12 run (\S+)/g)) assert.ok(scripts[script], script);
    for (const [, file = ''] of text.matchAll(/node \S*?(scripts\/\S+)/g))
      assert.ok(existsSync(path.join(root, file)), file);
  });

  test(`${name}: a job may do what it says, and no more, and ends`, () => {
    assert.deepEqual(workflow.permissions, {});
    for (const [id, job] of Object.entries(workflow.jobs)) {
      assert.ok(job.permissions, `${id} has permissions of its own`);
      assert.ok(job.uses !== undefined || job['timeout-minutes'], `${id} has a time limit`);
    }
  });
}
