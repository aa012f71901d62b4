import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSettings, readSettings } from '#core/config/load.js';
import type { Flags } from '#core/config/flags.js';
import { directoryWith } from './directory.js';

const file = { 'baton.config.json': '{"app": "filed.js", "workers": 3, "policy": "sticky"}' };

test('a flag beats a variable, which beats the file, which beats WEB_CONCURRENCY, which beats the default', async (t) => {
  const cwd = directoryWith(t, file);
  const bare = directoryWith(t, {});
  const env = { BATON_WORKERS: '4', WEB_CONCURRENCY: '2' };
  const workers = async (...given: Parameters<typeof readSettings>): Promise<unknown[]> => {
    const { options, sources } = await readSettings(...given);
    return [options.workers, sources.workers];
  };
  assert.deepEqual(await workers({ workers: '5' }, { cwd, env }), [5, 'flag --workers']);
  assert.deepEqual(await workers({}, { cwd, env }), [4, 'env BATON_WORKERS']);
  assert.deepEqual(await workers({}, { cwd, env: { WEB_CONCURRENCY: '2' } }), [3, 'baton.config.json']);
  assert.deepEqual(await workers({}, { cwd: bare, env: { WEB_CONCURRENCY: '2' } }), [
    2,
    'env WEB_CONCURRENCY',
  ]);
  assert.deepEqual(await workers({}, { cwd: bare, env: {} }), [undefined, 'default']);
});

test('each setting for itself', async (t) => {
  const cwd = directoryWith(t, file);
  const { options, sources } = await loadSettings(
    { metrics: false, import: ['a.mjs', 'b.mjs'], args: ['--x'] },
    { cwd, env: { BATON_PROBATION: '1s' } },
  );
  const { defaultName, ...others } = options;
  assert.ok(defaultName);
  assert.deepEqual(others, {
    app: 'filed.js',
    args: ['--x'],
    workers: 3,
    import: ['a.mjs', 'b.mjs'],
    policy: 'sticky',
    probationMs: 1_000,
    metrics: false,
  });
  assert.deepEqual(
    [sources.metrics, sources.import, sources.args, sources.probationMs, sources.handoff],
    ['flag --no-metrics', 'flag --import', 'argument', 'env BATON_PROBATION', 'default'],
  );
});

test('a wrong flag is named', async (t) => {
  const surroundings = { cwd: directoryWith(t, {}), env: {} };
  const expected = 'The option --max-open-offers must be a whole number from 1 to 256; it is 300.';
  await assert.rejects(readSettings({ maxOpenOffers: '300' }, surroundings), { message: expected });
  await assert.rejects(readSettings({ metrics: 'x' }, surroundings), /option --metrics must be a port/);
});

test('the file by a flag, or by a variable, instead of that of the directory', async (t) => {
  const cwd = directoryWith(t, {
    ...file,
    'baton.config.mjs': '',
    'one.json': '{"workers": 7}',
    'two.json': '{"workers": 8}',
  });
  const env = { BATON_CONFIG: 'two.json' };
  assert.equal((await readSettings({}, { cwd, env })).options.workers, 8);
  assert.equal((await readSettings({ config: 'one.json' }, { cwd, env })).options.workers, 7);
  await assert.rejects(readSettings({}, { cwd, env: { BATON_CONFIG: '' } }), {
    code: 'BATON_CONFIG_AMBIGUOUS',
  });
});

test('an app has to come from somewhere', async (t) => {
  const cwd = directoryWith(t, {});
  await assert.rejects(loadSettings({}, { cwd, env: {} }), { code: 'BATON_NO_APP' });
  assert.equal((await loadSettings({}, { cwd, env: { BATON_APP: 'x.js' } })).options.app, 'x.js');
  assert.equal((await readSettings({}, { cwd, env: {} })).options.app, undefined);
});

test('the name, or a default one, unless there is no control socket', async (t) => {
  const cwd = directoryWith(t, { 'package.json': '{"name": "@acme/shop"}' });
  const names = async (flags: Flags): Promise<unknown> => {
    const { name, defaultName } = (await readSettings(flags, { cwd, env: {} })).options;
    return { name, defaultName };
  };
  assert.deepEqual(await names({}), { name: undefined, defaultName: 'acme-shop' });
  assert.deepEqual(await names({ name: 'till' }), { name: 'till', defaultName: undefined });
  const none = { name: undefined, defaultName: undefined };
  assert.deepEqual(await names({ name: 'till', control: false }), none);
  assert.deepEqual(await names({ control: false }), none);
  assert.equal((await readSettings({ control: false }, { cwd, env: {} })).command.control, false);
});

test('options of node come behind those that this process was started with', async (t) => {
  const before = process.execArgv;
  t.after(() => (process.execArgv = before));
  process.execArgv = ['--trace-warnings', '--test'];
  const cwd = directoryWith(t, { 'baton.config.json': '{"execArgv": ["--no-warnings"]}' });
  const execArgv = async (flags: Flags): Promise<unknown> =>
    (await readSettings(flags, { cwd, env: {} })).options.execArgv;
  assert.deepEqual(await execArgv({}), ['--trace-warnings', '--no-warnings']);
  const flags = { execArgv: ['--expose-gc --stack-size=900', '["--title=a shop"]'] };
  assert.deepEqual(await execArgv(flags), [
    '--trace-warnings',
    '--expose-gc',
    '--stack-size=900',
    '--title=a shop',
  ]);
});

test('watching has defaults of its own', async (t) => {
  const cwd = directoryWith(t, {});
  const { options, command, sources } = await readSettings(
    { watch: true, drainTimeoutMs: '3s' },
    { cwd, env: {} },
  );
  assert.deepEqual([options.probationMs, options.drainTimeoutMs], [0, 3_000]);
  assert.deepEqual(
    [sources.probationMs, sources.drainTimeoutMs],
    ['default with --watch', 'flag --drain-timeout'],
  );
  assert.deepEqual([command.watch, command.watchPaths], [true, [cwd]]);
  const plain = await readSettings({}, { cwd, env: {} });
  assert.deepEqual([plain.options.probationMs, plain.command.watch], [undefined, false]);
});

test('the directory of the app, by a flag or a variable: what is relative is seen from there', async (t) => {
  const cwd = directoryWith(t, {
    'shop/baton.config.json': '{"workers": 7}',
    'shop/etc/web.json': '{"app": "x.js"}',
  });
  const shop = `${cwd}/shop`;
  const byFlag = await readSettings({ cwd: 'shop' }, { cwd, env: { BATON_CWD: 'none' } });
  assert.deepEqual([byFlag.options.workers, byFlag.place.directory], [7, shop]);
  const named = await readSettings({ config: 'etc/web.json' }, { cwd, env: { BATON_CWD: 'shop' } });
  assert.deepEqual([named.options.app, named.command.watchPaths], [`${shop}/etc/x.js`, [shop]]);
  await assert.rejects(readSettings({ cwd: 'none' }, { cwd, env: {} }), { code: 'BATON_NO_DIRECTORY' });
  await assert.rejects(
    readSettings({ cwd: '' }, { cwd, env: {} }),
    /option --cwd must be the path of a directory/,
  );
});
