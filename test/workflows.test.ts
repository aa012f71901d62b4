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
  steps?: { run?: string }[];
}

interface Workflow {
  permissions?: unknown;
  jobs: Record<string, Job>;
}

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** The same in all workflows. */
const pnpmVersion = '12.21.0';
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

  test(`${name}: what npx fetches is of one version, named in full`, () => {
    for (const [line] of text.matchAll(/^.*\bnpx .*$/gm))
      assert.match(line, /^[^#]*\bnpx -y [\w@/-]+@\d+\.\d+\.\d+ (?!.*\bnpx )/);
    for (const [, version] of text.matchAll(/pnpm@(\S+)/g)) assert.equal(version, pnpmVersion);
  });

  test(`${name}: the scripts that it runs are there`, () => {
    for (const [, script = ''] of text.matchAll(/pnpm@\S+ run (\S+)/g)) assert.ok(scripts[script], script);
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

test('nothing of tests runs where what is published is packed', () => {
  const { jobs } = parse(readFileSync(path.join(directory, 'packages.yml'), 'utf8')) as Workflow;
  const scriptsOf = (id: string): string[] =>
    (jobs[id]?.steps ?? []).flatMap(({ run = '' }) => /\brun (\S+)$/.exec(run)?.[1] ?? []);
  assert.deepEqual(scriptsOf('pack'), ['build', 'prebuilds']);
  assert.deepEqual(scriptsOf('test'), ['test:packages']);
});
