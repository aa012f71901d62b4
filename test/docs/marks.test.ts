// Each command of the documentation is run by a test, or says why not.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryDirectory } from '../harness.js';
import { wrongMarks } from './marks.js';
import { pages } from './page.js';

for (const page of pages())
  test(`${page}: its commands are run by a test`, () => assert.deepEqual(wrongMarks(page), []));

/** What is wrong with a page of one block, without where. `tests`: sources by name. */
function wrongIn(t: TestContext, block: string, tests: Record<string, string> = {}): string[] {
  const page = path.join(temporaryDirectory(t), 'page.md');
  writeFileSync(page, `${block.replaceAll("'''", '```')}\n`);
  const sources = (name: string): string[] =>
    name in tests ? [tests[name]?.replace('PAGE', page) ?? ''] : [];
  const place = `${page}:1: `;
  return wrongMarks(page, sources).map((text) => (text.startsWith(place) ? text.slice(place.length) : text));
}

const lacksMark = ['commands have one of run, test=NAME and untested="why"'];

test('commands have one mark', (t) => {
  for (const language of ['sh', 'bash', 'shell', 'console'])
    assert.deepEqual(wrongIn(t, `'''${language}\nls\n'''`), lacksMark);
  assert.deepEqual(wrongIn(t, `'''sh run untested="no"\nls\n'''`), lacksMark);
  assert.deepEqual(wrongIn(t, `'''console run\n$ ls\n'''`), ['run is for sh, and this is console']);
  assert.deepEqual(wrongIn(t, `'''js run\nx\n'''`), ['run and untested= are for commands, and this is js']);
  for (const marks of [
    'sh run',
    'sh untested="needs a cloud"',
    'console untested="as well"',
    'js',
    'js file=app.js',
  ])
    assert.deepEqual(wrongIn(t, `'''${marks}\nls\n'''`), []);
});

test('the test that is named is there, and reads the page or has the commands', (t) => {
  const block = "'''sh test=list\nls -l   # all of them\nls /\n'''";
  assert.deepEqual(wrongIn(t, block), ['there is no test list']);
  assert.deepEqual(wrongIn(t, block, { list: "run('ls /')" }), [
    'test list neither reads this page, nor has: ls -l',
  ]);
  assert.deepEqual(wrongIn(t, block, { list: "run('ls /'); run('ls -l')" }), []);
  assert.deepEqual(wrongIn(t, block, { list: "blocksOf('PAGE')" }), []);
  assert.deepEqual(wrongIn(t, block, { list: 'blocksOf(`/${name}/page.md`)' }), []);
  assert.equal(wrongIn(t, block, { list: 'blocksOf(`/${name}/other.md`)' }).length, 1);
  const unit = "'''ini test=unit\n[Service]\n'''";
  assert.deepEqual(wrongIn(t, unit, { unit: '[Service]' }), ['test unit does not read this page']);
  assert.deepEqual(wrongIn(t, unit, { unit: "fileOf('PAGE', 'x')" }), []);
});

test('a page has one text for each file', (t) => {
  const twice = "'''js file=app.js\n1\n'''\n\n'''js file=app.js\n2\n'''";
  const [wrong] = wrongIn(t, twice);
  assert.match(wrong ?? '', /page\.md:5: there is another block file=app\.js$/);
});
