import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveOptions, type PrimaryOptions } from '#core/options.js';
import { usableProcessors } from '#core/processors.js';

const app = 'app.js';

test('defaults', () => {
  const options = resolveOptions({ app, env: {} });
  assert.equal(options.workers, usableProcessors().count);
  assert.equal(options.policy, 'least-loaded');
  assert.deepEqual(options.metrics, { host: '127.0.0.1', port: 22866 });
  assert.deepEqual([options.args, options.import, options.require], [[], [], []]);
  assert.equal(options.stopTimeoutMs, 10_000);
  assert.equal(options.stallAfterMs, 20);
  assert.equal(options.maxOpenOffers, 256);
  assert.equal(options.queueTimeoutMs, undefined);
  assert.equal(options.name, undefined);
  assert.equal(options.readyTimeoutMs, 30_000);
  assert.equal(options.probationMs, 2_000);
  assert.equal(options.drainTimeoutMs, 30_000);
  assert.equal(options.minUptimeMs, 5_000);
  assert.equal(options.reloadConcurrency, 1);
  assert.equal(options.waitReady, false);
  assert.deepEqual([options.maxMemoryBytes, options.maxAgeMs], [undefined, undefined]);
});

test('the least and the most that options may be', () => {
  const edges: PrimaryOptions[] = [
    { app, name: 'x' },
    { app, name: '-_A9.b'.padEnd(64, 'z') },
    { app, readyTimeoutMs: 1 },
    { app, probationMs: 0, drainTimeoutMs: 0, minUptimeMs: 0 },
    { app, reloadConcurrency: 1024 },
    { app, waitReady: true },
    { app, execArgv: ['--conditions', 'production', '--stack-size=900'] },
    { app, maxMemoryBytes: 1 },
    { app, maxAgeMs: 1_000 },
  ];
  for (const given of edges) assert.deepEqual({ ...resolveOptions(given), ...given }, resolveOptions(given));
});

test('WEB_CONCURRENCY stands in for workers, which wins', () => {
  const env = { WEB_CONCURRENCY: '3' };
  assert.equal(resolveOptions({ app, env }).workers, 3);
  assert.equal(resolveOptions({ app, env, workers: 5 }).workers, 5);
  assert.equal(resolveOptions({ app, env, workers: 'max' }).workers, usableProcessors().count);
  assert.equal(resolveOptions({ app, env: { WEB_CONCURRENCY: 'max' } }).workers, usableProcessors().count);
  assert.equal(resolveOptions({ app, env: { WEB_CONCURRENCY: '' } }).workers, usableProcessors().count);
});

test('wrong options are named', () => {
  const wrong: [string, object][] = [
    ['app', { app: '' }],
    ['app', { app: undefined }],
    ['cwd', { cwd: '' }],
    ['cwd', { cwd: 7 }],
    ['workers', { workers: 0 }],
    ['workers', { workers: 1.5 }],
    ['workers', { workers: '4' }],
    ['workers', { workers: NaN }],
    ['WEB_CONCURRENCY', { env: { WEB_CONCURRENCY: '2x' } }],
    ['policy', { policy: 'random' }],
    ['metrics.port', { metrics: { port: 65_536 } }],
    ['metrics.host', { metrics: { host: '' } }],
    ['metrics', { metrics: { prot: 22866 } }],
    ['metrics', { metrics: true }],
    ['metrics', { metrics: 22866 }],
    ['args', { args: 'one' }],
    ['import', { import: [1] }],
    ['execArgv', { execArgv: '--expose-gc' }],
    ['execArgv', { execArgv: ['--expose-gc', '--test'] }],
    ['execArgv', { execArgv: ['--build_snapshot'] }],
    ['execArgv', { execArgv: ['-e', 'code'] }],
    ['execArgv', { execArgv: ['app.js'] }],
    ['execArgv', { execArgv: ['--expose-gc', '--'] }],
    ['stopTimeoutMs', { stopTimeoutMs: -1 }],
    ['stopTimeoutMs', { stopTimeoutMs: 2 ** 31 }],
    ['listenWarningMs', { listenWarningMs: Infinity }],
    ['stallAfterMs', { stallAfterMs: 0 }],
    ['stallAfterMs', { stallAfterMs: '20' }],
    ['maxOpenOffers', { maxOpenOffers: 0 }],
    ['maxOpenOffers', { maxOpenOffers: 257 }],
    ['maxOpenOffers', { maxOpenOffers: 2.5 }],
    ['queueTimeoutMs', { queueTimeoutMs: 0.5 }],
    ['queueTimeoutMs', { queueTimeoutMs: -1 }],
    ['name', { name: '' }],
    ['name', { name: '.hidden' }],
    ['name', { name: 'a/b' }],
    ['name', { name: 'x'.repeat(65) }],
    ['name', { name: 7 }],
    ['readyTimeoutMs', { readyTimeoutMs: 0 }],
    ['probationMs', { probationMs: -1 }],
    ['drainTimeoutMs', { drainTimeoutMs: '30s' }],
    ['minUptimeMs', { minUptimeMs: NaN }],
    ['reloadConcurrency', { reloadConcurrency: 0 }],
    ['reloadConcurrency', { reloadConcurrency: 1025 }],
    ['waitReady', { waitReady: 'yes' }],
    ['maxMemoryBytes', { maxMemoryBytes: 0 }],
    ['maxMemoryBytes', { maxMemoryBytes: 1.5 }],
    ['maxAgeMs', { maxAgeMs: 999 }],
  ];
  for (const [name, options] of wrong) {
    const given = { app, env: {}, ...options } as PrimaryOptions;
    assert.throws(() => resolveOptions(given), {
      code: 'BATON_INVALID_OPTION',
      message: new RegExp(`option ${name} must be`),
    });
  }
});

test('an unknown option is an error that lists the known ones', () => {
  const given = { app, worker: 2 } as unknown as PrimaryOptions;
  assert.throws(() => resolveOptions(given), { code: 'BATON_UNKNOWN_OPTION', message: /"worker".*workers/ });
});

test('workers get the options of node that say how it runs, not those that say what', (t) => {
  const before = process.execArgv;
  t.after(() => (process.execArgv = before));
  process.execArgv = [
    '--test-name-pattern',
    'a name',
    '--expose-gc',
    '--input-type=module',
    '-e',
    'code',
    '--watch-path',
    'src',
    '--eval=1',
    '--test',
    '--input_type=module',
    '--import',
    'x.mjs',
  ];
  assert.deepEqual(resolveOptions({ app }).execArgv, ['--expose-gc', '--import', 'x.mjs']);
});
