import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { root } from '../harness.js';

test('docs/api.md and docs/api are what the doc comments say, and leave out nothing; otherwise: pnpm docs:api', async () => {
  const script = pathToFileURL(path.join(root, 'scripts/docs/api-page.js')).href;
  const { apiPages } = (await import(script)) as { apiPages: () => Promise<Record<string, string>> };
  const pages = await apiPages();
  const names = [
    'docs/api.md',
    ...readdirSync(path.join(root, 'docs/api')).map((name) => `docs/api/${name}`),
  ];
  assert.deepEqual(new Set(names), new Set(Object.keys(pages)));
  for (const name of names) {
    assert.equal(readFileSync(path.join(root, name), 'utf8'), pages[name], name);
    // Neither this machine's paths, nor sources that are not in the repository.
    assert.ok(!pages[name]?.includes(root), name);
  }
});
