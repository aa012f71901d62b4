// `pnpm test:apps [--handoff connections|listeners] [NAME…]`: installs the apps, runs each alone and under Baton, and writes
// `results.json` and `docs/compatibility.md`. Without --handoff, both ways; without a name, all apps.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Case, Check, Handoff } from './case.js';
import { folderOf } from './app-process.js';
import { cases } from './cases.js';
import { followPage, silentBuilds } from './follow-page.js';
import { measure, type Differences } from './measure.js';
import { compatibilityPage, pageFile } from './page.js';
import { readResults, resultsFile, versionsOf, writeResults, type Row } from './results.js';
import { handoffs } from '../draining.js';
import { root } from '../harness.js';

const { values, positionals } = parseArgs({
  options: { handoff: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const asked = (values.handoff ?? handoffs) as readonly Handoff[];
const wrong = asked.find((handoff) => !handoffs.includes(handoff));
if (wrong !== undefined) throw new Error(`--handoff is ${handoffs.join(' or ')}, not ${wrong}.`);
const unknown = positionals.find((name) => !cases.some((app) => app.name === name));
if (unknown !== undefined) throw new Error(`No app is called ${unknown}.`);
const selected = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name));

const { version: baton } = JSON.parse(
  readFileSync(path.join(root, 'packages/core/package.json'), 'utf8'),
) as {
  version: string;
};

/** Runs a program that has to succeed. */
function runProgram(program: string, args: readonly string[], cwd = root): void {
  const env = { ...process.env, ...silentBuilds };
  const { status, error } = spawnSync(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} has failed; see above.`);
}

/** What is other than the case says; nothing if all is as it says. */
function surprises(app: Case, differences: Differences): string[] {
  const known = app.differences ?? {};
  const unexplained = [...differences].filter(([check]) => known[check] === undefined);
  const gone = (Object.keys(known) as Check[]).filter((check) => !differences.has(check));
  return [
    ...unexplained.map(([check, difference]) => `${check}: ${difference}`),
    ...gone.map((check) => `${check}: does not differ, but the case says that it does`),
  ];
}

/** Installs an example with this clone's Baton, and builds it. Its package.json stays as those who copy the folder have it. */
function makeExample(app: Case): void {
  const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
  runProgram('npm', ['install', ...quiet, '../../packages/core'], folderOf(app));
  runProgram('npm', ['run', 'build'], folderOf(app));
}

async function run(app: Case): Promise<boolean> {
  if (app.example !== undefined) makeExample(app);
  for (const command of app.build ?? []) runProgram(process.execPath, command, folderOf(app));
  const results = readResults();
  const row: Row = {
    versions: versionsOf(app),
    node: process.versions.node,
    baton,
    end: '',
    differs: {},
  };
  for (const handoff of app.handoffs ?? handoffs) {
    const before = results[app.name]?.differs[handoff];
    if (!asked.includes(handoff)) {
      if (before !== undefined) row.differs[handoff] = before;
      continue;
    }
    const { differences, end } = await measure(app, handoff);
    for (const check of Object.keys(app.alsoAlone ?? {}) as Check[]) differences.delete(check);
    const wrong = surprises(app, differences);
    if (wrong.length > 0) {
      console.log(`✗ ${app.name}, ${handoff}\n  ${wrong.join('\n  ')}`);
      return false;
    }
    row.end = end;
    row.differs[handoff] = [...differences.keys()].toSorted();
  }
  for (const page of app.pages ?? []) await followPage(app, page);
  writeResults({ ...results, [app.name]: row });
  console.log(`✓ ${app.name}`);
  return true;
}

runProgram('npx', ['-y', 'pnpm@12', '--dir', 'test/real-apps/apps', 'install', '--frozen-lockfile']);
let failed = 0;
for (const app of selected) {
  try {
    if (!(await run(app))) failed += 1;
  } catch (error) {
    failed += 1;
    console.log(`✗ ${app.name}\n`, error);
  }
}
writeFileSync(path.join(root, pageFile), compatibilityPage(cases, readResults()));
runProgram(process.execPath, [
  'node_modules/prettier/bin/prettier.cjs',
  '--log-level=warn',
  '--write',
  resultsFile,
  pageFile,
]);
if (failed > 0) process.exitCode = 1;
console.log(`${selected.length - failed} passed, ${failed} failed`);
