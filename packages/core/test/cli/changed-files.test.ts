import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ChangedFiles, isIgnored } from '#core/cli/changed-files.js';
import { directoryWith } from '../config/directory.js';

const file = { isFile: () => true, isDirectory: () => false, isSocket: () => false };
const directory = { ...file, isFile: () => false, isDirectory: () => true };

test('what an app is made of is not ignored', () => {
  const roots = ['/srv/.apps/shop'];
  const names = [
    'a.js',
    'a.cjs',
    'a.mjs',
    'a.ts',
    'a.cts',
    'a.mts',
    'a.jsx',
    'a.tsx',
    'a.json',
    '.env',
    '.env.local',
  ];
  for (const name of names) assert.equal(isIgnored(roots, `/srv/.apps/shop/src/${name}`, file), false, name);
  assert.equal(isIgnored(roots, '/srv/.apps/shop/src', directory), false);
  assert.equal(isIgnored(roots, '/srv/.apps/shop', directory), false);
  assert.equal(isIgnored(roots, '/srv/.apps/shop/src'), false, 'not known yet what it is');
});

test('all else is', () => {
  const roots = ['/srv/shop'];
  for (const name of ['a.css', 'a.txt', 'Makefile', 'a.js~', 'a.js.swp', '.eslintrc.json', '.hidden.js'])
    assert.equal(isIgnored(roots, `/srv/shop/${name}`, file), true, name);
  for (const name of ['node_modules', '.git', '.env.d', 'src/node_modules'])
    assert.equal(isIgnored(roots, `/srv/shop/${name}`, directory), true, name);
  assert.equal(isIgnored(roots, '/srv/shop/node_modules/a/index.js', file), true);
  assert.equal(isIgnored(roots, '/srv/shop/.git/x.json', file), true);
});

test('what is asked for by its path is watched', () => {
  assert.equal(isIgnored(['/srv/page.html'], '/srv/page.html', file), false);
  assert.equal(isIgnored(['/srv', '/srv/node_modules/mine'], '/srv/node_modules/mine/a.js', file), false);
});

async function watched(t: TestContext, names: Record<string, string>): Promise<[ChangedFiles, string]> {
  const root = directoryWith(t, names);
  const changes = new ChangedFiles([root], (error) => assert.fail(error));
  t.after(() => changes.close());
  await changes.ready();
  return [changes, root];
}

test('a batch has all that changes in one go', async (t) => {
  const [changes, root] = await watched(t, { 'a.js': '1', 'old.js': '1' });
  appendFileSync(path.join(root, 'a.js'), '2');
  appendFileSync(path.join(root, 'a.js'), '3');
  mkdirSync(path.join(root, 'new'));
  writeFileSync(path.join(root, 'new/b.ts'), '1');
  writeFileSync(path.join(root, 'page.css'), '1');
  rmSync(path.join(root, 'old.js'));
  const batch = await changes.next();
  assert.deepEqual(
    batch?.toSorted(),
    ['a.js', 'new/b.ts', 'old.js'].map((name) => path.join(root, name)),
  );
});

test('a socket on which the app listens is no change', async (t) => {
  const [changes, root] = await watched(t, { 'a.js': '1' });
  const socket = path.join(root, 'app.sock');
  const server = net.createServer().listen(socket);
  t.after(() => server.close());
  await once(server, 'listening');
  chmodSync(socket, 0o666);
  appendFileSync(path.join(root, 'a.js'), '2');
  assert.deepEqual(await changes.next(), [path.join(root, 'a.js')]);
});

test('what changes while nobody waits is in the next batch', async (t) => {
  const [changes, root] = await watched(t, { 'a.js': '1' });
  appendFileSync(path.join(root, 'a.js'), '2');
  assert.deepEqual(await changes.next(), [path.join(root, 'a.js')]);
  const next = changes.next();
  writeFileSync(path.join(root, 'b.js'), '1');
  assert.deepEqual(await next, [path.join(root, 'b.js')]);
});

test('closed, it has no next batch', async (t) => {
  const [changes] = await watched(t, {});
  const next = changes.next();
  await changes.close();
  assert.equal(await next, undefined);
  assert.equal(await changes.next(), undefined);
});
