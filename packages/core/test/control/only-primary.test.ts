import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { serve, temporaryDirectory } from './fixtures.js';
import { onlyPrimary } from '#core/control/only-primary.js';

/** The control directory of a runtime directory that is this process's for the test. */
function runtimeDirectory(test: TestContext): string {
  const runtime = temporaryDirectory(test);
  process.env['XDG_RUNTIME_DIR'] = runtime;
  const directory = path.join(runtime, 'baton');
  mkdirSync(directory, { mode: 0o700 });
  return directory;
}

const command = 'baton stop';

test('the only primary of a package is found, whatever its name', async (t) => {
  const directory = runtimeDirectory(t);
  await serve(t, { name: 'till', packageDirectory: '/srv/shop' }, directory);
  await serve(t, { name: 'shop', packageDirectory: '/srv/other' }, directory);
  assert.equal(await onlyPrimary('/srv/shop', command), 'till');
});

test('of several none is meant; each is told, with the command for it', async (t) => {
  const directory = runtimeDirectory(t);
  const shop = { packageDirectory: '/srv/shop' };
  await serve(t, { name: 'shop', ...shop }, directory);
  const second = await serve(t, { name: 'shop-admin', app: 'admin.js', ...shop }, directory);
  await serve(t, { name: 'api' }, directory);
  await assert.rejects(onlyPrimary('/srv/shop', command), {
    code: 'BATON_SEVERAL_PRIMARIES',
    message:
      'Several primaries run in /srv/shop. Choose one:\n' +
      `  baton stop --name shop         # app.js, pid ${process.pid}\n` +
      `  baton stop --name shop-admin   # admin.js, pid ${process.pid}`,
  });
  await second.server.stop();
  assert.equal(await onlyPrimary('/srv/shop', command), 'shop');
});

test('where none runs, those elsewhere are told', async (t) => {
  const directory = runtimeDirectory(t);
  const none = { code: 'BATON_NO_PRIMARY', message: /^No primary runs in \/srv\/shop\. None is running for/ };
  await assert.rejects(onlyPrimary('/srv/shop', command), none);
  // What a killed one has left.
  writeFileSync(path.join(directory, 'shop.sock'), '');
  writeFileSync(path.join(directory, 'shop.lock'), '{"pid":1,"app":"app.js","directory":"/srv/shop"}\n');
  await assert.rejects(onlyPrimary('/srv/shop', command), none);
  await serve(t, { name: 'api' }, directory);
  await assert.rejects(onlyPrimary('/srv/shop', command), { message: /Running: api \(\/srv\/api\);/ });
  rmSync(directory, { recursive: true });
  await assert.rejects(onlyPrimary('/srv/shop', command), none);
});

test('a package that is reached by a link is that to which the link leads now', async (t) => {
  const directory = runtimeDirectory(t);
  const releases = temporaryDirectory(t);
  const [first, second, current] = ['1', '2', 'current'].map((name) => path.join(releases, name));
  for (const release of [first, second]) mkdirSync(release as string);
  symlinkSync(first as string, current as string);
  await serve(t, { packageDirectory: current as string }, directory);
  const find = (place: string | undefined): Promise<string> => onlyPrimary(place as string, command);
  for (const place of [first, current]) assert.equal(await find(place), 'api');
  rmSync(current as string);
  symlinkSync(second as string, current as string);
  for (const place of [second, current]) assert.equal(await find(place), 'api');
  await assert.rejects(find(first), { code: 'BATON_NO_PRIMARY' });
  rmSync(current as string);
  assert.equal(await find(current), 'api');
});
