import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { logicalDirectory, lookUp, pinned, unpinned } from '#core/working-directory.js';
import { directoryWith } from './config/directory.js';

/** A directory with `releases/7`, in which this process is, and `current`, which leads there. */
function inRelease(t: TestContext): { root: string; release: string; current: string } {
  const root = directoryWith(t, { 'releases/7/app.js': '', 'shared/x.js': '' });
  const release = path.join(root, 'releases/7');
  const current = path.join(root, 'current');
  symlinkSync(release, current);
  const before = process.cwd();
  process.chdir(current);
  t.after(() => process.chdir(before));
  return { root, release, current };
}

test('the working directory is that of $PWD where that leads there', (t) => {
  const { root, release, current } = inRelease(t);
  assert.equal(process.cwd(), release);
  assert.equal(logicalDirectory(current), current);
  assert.equal(logicalDirectory(`${current}/`), current);
  assert.equal(logicalDirectory(`${root}/.hidden/../current`), release);
  for (const pwd of ['', 'current', root, `${root}/none`, `${root}/releases/../current`, `${root}/./current`])
    assert.equal(logicalDirectory(pwd), release, pwd);
});

test('what is looked up stays as it was', (t) => {
  const { root, release, current } = inRelease(t);
  const place = lookUp(current);
  assert.deepEqual(place, { directory: current, realDirectory: release });
  symlinkSync(path.join(root, 'shared'), path.join(release, 'link'));
  const files: [known: string, pinnedTo: string][] = [
    [current, release],
    [`${current}/app.js`, `${release}/app.js`],
    [`${current}/..hidden/app.js`, `${release}/..hidden/app.js`],
    [`${root}/current2/app.js`, `${root}/current2/app.js`],
    [`${root}/shared/x.js`, `${root}/shared/x.js`],
  ];
  for (const [known, pinnedTo] of files) {
    assert.equal(pinned(known, place), pinnedTo);
    assert.equal(unpinned(pinnedTo, place), known);
  }
  // Of a file elsewhere, the links on the way are followed now, and the file itself may be one.
  const elsewhere = { directory: '/', realDirectory: '/' };
  assert.equal(pinned(`${current}/link/x.js`, elsewhere), `${root}/shared/x.js`);
  assert.equal(pinned(`${current}/link`, elsewhere), `${release}/link`);
});

test('a directory that is none', (t) => {
  const { root, release } = inRelease(t);
  for (const directory of [path.join(root, 'none'), path.join(release, 'app.js')])
    assert.throws(() => lookUp(directory), {
      code: 'BATON_NO_DIRECTORY',
      message: `The workers' directory ${directory} does not exist. Put a release there, or choose another directory with --cwd, and try again.`,
    });
});
