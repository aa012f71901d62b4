// Where the pages' links lead. Those that lead elsewhere stand in outer-links.txt, so that a new one is meant.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root, temporaryDirectory } from '../harness.js';
import { anchorsOf, linksOf, pageAt, wrongLink } from './links.js';
import { pages } from './page.js';

const index = 'docs/README.md';
const all = pages();
const list = path.join(root, 'test/docs/outer-links.txt');

/** The reader's own machine, where what the page tells of serves. */
const own = /^http:\/\/(localhost|127\.0\.0\.1)[:/]/;

for (const page of all)
  test(`${page}: its links lead to files and headings that there are`, () => {
    const wrong = linksOf(page).flatMap((link) => wrongLink(link) ?? []);
    assert.deepEqual(wrong, []);
  });

/** The pages that a page leads to. */
function next(page: string): string[] {
  return linksOf(page).flatMap(({ target }) => (target === undefined ? [] : (pageAt(target) ?? [])));
}

test(`README.md leads to ${index}`, () => assert.ok(next('README.md').includes(index)));

test(`${index} leads to each page`, () => {
  const inIndex = new Set(next(index));
  // api.md has those below docs/api.
  const inDocs = all.filter((page) => /^docs\/(?!api\/)/.test(page) && page !== index);
  assert.deepEqual(
    inDocs.filter((page) => !inIndex.has(page)),
    [],
    `pages in docs that ${index} does not list`,
  );
  // A set that grows while it is gone through.
  const reached = new Set([index]);
  for (const page of reached) for (const other of next(page)) reached.add(other);
  assert.deepEqual(
    all.filter((page) => !reached.has(page)),
    [],
    'pages that nothing leads to',
  );
});

test('each link that leads elsewhere is by https, and in outer-links.txt', () => {
  const outer = all.flatMap(linksOf).filter(({ target, text }) => target === undefined && !own.test(text));
  assert.deepEqual(
    outer.filter(({ text }) => !text.startsWith('https://')),
    [],
  );
  const found = [...new Set(outer.map(({ text }) => text))].toSorted();
  assert.deepEqual(found, readFileSync(list, 'utf8').trimEnd().split('\n'));
});

test('wrong links are found', (t) => {
  const page = path.relative(root, path.join(temporaryDirectory(t), 'page.md'));
  const lines = ['# One `two`', '# One two', '[a](#one-two) [b](#one-two-1) [c](#one-two-2) [d](missing.md)'];
  const html =
    '<a href="https://github.com/baton-node/baton/blob/main/docs/install.md#no"><img src="x.png"></a>';
  writeFileSync(
    path.join(root, page),
    [...lines, html, 'https://example.org', '[e](http://example.org/f)'].join('\n\n'),
  );
  assert.deepEqual(anchorsOf(page), new Set(['one-two', 'one-two-1']));
  const links = linksOf(page);
  const beside = (name: string): string => path.join(path.dirname(page), name);
  assert.deepEqual(
    links.flatMap((link) => wrongLink(link) ?? []),
    [
      `${page}: #one-two-2: ${page} has no heading one-two-2`,
      `${page}: missing.md: there is no ${beside('missing.md')}`,
      `${page}: https://github.com/baton-node/baton/blob/main/docs/install.md#no: docs/install.md has no heading no`,
      `${page}: x.png: there is no ${beside('x.png')}`,
    ],
  );
  const elsewhere = links.filter(({ target }) => target === undefined);
  assert.deepEqual(
    elsewhere.map(({ text }) => text),
    ['https://example.org', 'http://example.org/f'],
  );
});
