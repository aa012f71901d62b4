// Holds `docs/compatibility.md` against what `pnpm test:apps` has found, and that against the apps.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { folderOf } from './app-process.js';
import { cases } from './cases.js';
import { checks } from './case.js';
import { compatibilityPage, pageFile } from './page.js';
import { readResults, versionsOf } from './results.js';
import { handoffs } from '../draining.js';
import { root } from '../harness.js';

const results = readResults();

test('the page is what the results make of it', () => {
  const page = readFileSync(path.join(root, pageFile), 'utf8');
  assert.equal(page, compatibilityPage(cases, results), 'run pnpm test:apps');
});

test('each app has a case, and each case its app and its results', () => {
  const folders = readdirSync(path.join(root, 'test/real-apps/apps'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map(({ name }) => name);
  const own = cases.filter(({ example }) => example === undefined);
  assert.deepEqual(folders.toSorted(), own.map(({ name }) => name).toSorted());
  assert.deepEqual(Object.keys(results).toSorted(), cases.map(({ name }) => name).toSorted());
});

for (const app of cases) {
  test(`${app.name}: has been run, both ways, with the versions that it has now, and differs as it says`, () => {
    const row = results[app.name];
    assert.ok(row);
    assert.deepEqual(row.versions, versionsOf(app));
    for (const version of Object.values(row.versions)) assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/);
    const explained = checks.filter((check) => app.differences?.[check] !== undefined).toSorted();
    const ways = app.handoffs ?? handoffs;
    assert.deepEqual(row.differs, Object.fromEntries(ways.map((way) => [way, explained])));
  });

  test(`${app.name}: its load and its files are there`, () => {
    assert.ok((app.load !== undefined && app.load.length > 0) || app.client !== undefined);
    const isBuilt = app.build !== undefined || app.example !== undefined;
    for (const file of [app.client ?? 'package.json', ...(isBuilt ? [] : [app.app])])
      assert.ok(existsSync(path.join(folderOf(app), file)), file);
  });
}
