// CONTRIBUTING.md names commands of this repository: each is there, and the short ones do what the page says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../harness.js';
import { blocksOf } from './page.js';

const page = 'CONTRIBUTING.md';
const text = readFileSync(path.join(root, page), 'utf8');
const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

test('each command of pnpm is a script of package.json', () => {
  const named = [...text.matchAll(/npx -y pnpm@12 (?:run )?([\w:]+)/g)].map(([, name = '']) => name);
  assert.ok(named.length > 10);
  for (const name of new Set(named)) assert.ok(name === 'install' || name in scripts, name);
});

test('each file and folder that it names is there', () => {
  const named = [...text.matchAll(/`((?:packages|test|scripts|docs|bench|\.ci)\/?[\w./-]*)`/g)].map(
    ([, name = '']) => name,
  );
  assert.ok(named.length > 8);
  for (const name of named) assert.ok(existsSync(path.join(root, name)), name);
});

test('the commands for one test file run it', async () => {
  const block = blocksOf(page).find(
    ({ language, text }) => language === 'sh' && text.includes('scripts/test.js'),
  );
  const [build, ...run] = block?.text.split('\n') ?? [];
  // It has been done, and would write what other tests are running.
  assert.ok(scripts['build']?.startsWith(String(build?.replace('npx ', ''))), build);
  // The runner of node:test takes a process of its own tests for one of them.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)('sh', ['-e', '-c', run.join('\n')], { cwd: root, env });
  assert.match(stdout, /\n[1-9]\d* passed, 0 failed\n$/);
});
