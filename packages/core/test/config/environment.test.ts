import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnvironment, readPlatform } from '#core/config/environment.js';

function valuesOf(env: NodeJS.ProcessEnv): Record<string, unknown> {
  return Object.fromEntries([...readEnvironment(env)].map(([key, { value }]) => [key, value]));
}

test('every kind of value', () => {
  const env = {
    BATON_APP: 'server.js',
    BATON_ARGS: 'one  --two',
    BATON_WORKERS: '3',
    BATON_REQUIRE: '["./with blank.js", "dotenv/config"]',
    BATON_NODE_ARGS: '--conditions production  --expose-gc',
    BATON_WAIT_READY: 'true',
    BATON_WATCH: '0',
    BATON_HANDOFF: 'listeners',
    BATON_STALL_AFTER: '1s',
    BATON_MAX_OPEN_OFFERS: '16',
    BATON_MAX_MEMORY: '512M',
    BATON_METRICS: '[::1]:9000',
    BATON_NAME: 'shop',
    BATON_CONTROL: 'false',
    PORT: '3000',
  };
  assert.deepEqual(valuesOf(env), {
    app: 'server.js',
    args: ['one', '--two'],
    workers: 3,
    require: ['./with blank.js', 'dotenv/config'],
    execArgv: ['--conditions', 'production', '--expose-gc'],
    waitReady: true,
    watch: false,
    handoff: 'listeners',
    stallAfterMs: 1_000,
    maxOpenOffers: 16,
    maxMemoryBytes: 536_870_912,
    metrics: { host: '::1', port: 9_000 },
    name: 'shop',
    control: false,
  });
  assert.equal(readEnvironment(env).get('workers')?.source, 'env BATON_WORKERS');
});

test('the metrics can be off', () => {
  assert.deepEqual(valuesOf({ BATON_METRICS: 'off' }), { metrics: false });
});

test('what is empty is unset', () => {
  assert.deepEqual(valuesOf({ BATON_WORKERS: '', BATON_NO_SUCH: '', BATON_IMPORT: undefined }), {});
});

test('a wrong value names its variable', () => {
  const wrong: [string, string, RegExp][] = [
    ['BATON_WORKERS', '0', /whole number from 1 to 1024, or "max"; it is "0"/],
    ['BATON_STALL_AFTER', '5x', /milliseconds, or a time such as .*; it is "5x"/],
    ['BATON_QUEUE_TIMEOUT', '0s', /at least 1 ms/],
    ['BATON_MAX_AGE', '999ms', /at least 1000 ms/],
    ['BATON_DRAIN_TIMEOUT', '999h', /milliseconds up to 2147483647/],
    ['BATON_MAX_MEMORY', '1T', /bytes, or a size such as/],
    ['BATON_WATCH', 'yes', /true, false, 1 or 0/],
    ['BATON_METRICS', '70000', /a port, or host:port/],
    ['BATON_NAME', '../x', /characters A-Z/],
    ['BATON_POLICY', 'random', /one of least-loaded/],
    ['BATON_NODE_ARGS', '--test', /node options that do not choose what node runs/],
    ['BATON_ARGS', '["a', /words/],
    ['BATON_ARGS', '[1]', /words/],
  ];
  for (const [variable, text, message] of wrong) {
    assert.throws(
      () => readEnvironment({ [variable]: text }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'BATON_INVALID_OPTION');
        assert.ok(error.message.startsWith(`The option ${variable} must be`), error.message);
        assert.match(error.message, message);
        return true;
      },
    );
  }
});

test('an unknown variable is an error with the nearest known one, or all', () => {
  assert.throws(() => readEnvironment({ BATON_WORKRES: '2' }), {
    code: 'BATON_UNKNOWN_SETTING',
    message: 'There is no setting BATON_WORKRES in the environment. Did you mean BATON_WORKERS?',
  });
  assert.throws(() => readEnvironment({ BATON_PORT: '3000' }), /BATON_PORT in .* Known: BATON_APP, /);
  assert.throws(() => readEnvironment({ BATON_CONFG: 'x' }), /Did you mean BATON_CONFIG\?/);
});

test('what Kubernetes and a primary put there is none of ours', () => {
  const env = {
    BATON_SERVICE_HOST: '10.0.0.1',
    BATON_SERVICE_PORT: '80',
    BATON_SERVICE_PORT_HTTP: '80',
    BATON_PORT: 'tcp://10.0.0.1:80',
    BATON_PORT_80_TCP: 'tcp://10.0.0.1:80',
    BATON_PORT_80_TCP_PROTO: 'tcp',
    BATON_PORT_80_TCP_PORT: '80',
    BATON_PORT_80_TCP_ADDR: '10.0.0.1',
    BATON_SHOP_SERVICE_HOST: '10.0.0.2',
    BATON_SHOP_PORT: 'tcp://10.0.0.2:80',
    BATON_SHOP_PORT_80_TCP_ADDR: '10.0.0.2',
    BATON_CHANNEL_FD: '3',
    BATON_SLOT: '0',
    BATON_GENERATION: '1',
    BATON_CONFIG: 'other.json',
  };
  assert.equal(readEnvironment(env).size, 0);
});

test('WEB_CONCURRENCY', () => {
  assert.deepEqual(readPlatform({ WEB_CONCURRENCY: '5' }).get('workers'), {
    value: 5,
    source: 'env WEB_CONCURRENCY',
  });
  assert.equal(readPlatform({ WEB_CONCURRENCY: '' }).size, 0);
  assert.throws(() => readPlatform({ WEB_CONCURRENCY: 'many' }), /option WEB_CONCURRENCY must be/);
});
