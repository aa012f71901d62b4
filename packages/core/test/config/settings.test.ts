import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flagOf, settingKeys, settings, variableOf, type SettingKey } from '#core/config/settings.js';
import { resolveOptions } from '#core/options.js';

test('flags and variables', () => {
  const names = (key: SettingKey): unknown[] => [flagOf(key), variableOf(key)];
  assert.deepEqual(names('workers'), ['--workers', 'BATON_WORKERS']);
  assert.deepEqual(names('stallAfterMs'), ['--stall-after', 'BATON_STALL_AFTER']);
  assert.deepEqual(names('maxMemoryBytes'), ['--max-memory', 'BATON_MAX_MEMORY']);
  assert.deepEqual(names('metrics'), ['--metrics', 'BATON_METRICS']);
  assert.deepEqual(names('control'), ['--no-control', 'BATON_CONTROL']);
  assert.deepEqual(names('watchPaths'), ['--watch-path', 'BATON_WATCH_PATH']);
  assert.deepEqual(names('app'), [undefined, 'BATON_APP']);
  assert.equal(new Set(settingKeys.map(variableOf)).size, settingKeys.length, 'each has its own');
});

test('the defaults that are told are those that options have', () => {
  const options: Partial<Record<SettingKey, unknown>> = resolveOptions({ app: 'app.js', env: {} });
  const withValue = settingKeys.filter((key) => options[key] !== undefined && key !== 'app');
  const compared = withValue.filter((key) => key !== 'workers' && !settings[key].kind.isList);
  assert.deepEqual(compared, [
    'waitReady',
    'minUptimeMs',
    'stopTimeoutMs',
    'stopSignal',
    'handoff',
    'policy',
    'rebalance',
    'stallAfterMs',
    'maxOpenOffers',
    'reloadConcurrency',
    'allowDroppedListeners',
    'readyTimeoutMs',
    'probationMs',
    'drainTimeoutMs',
    'metrics',
    'minReady',
    'stalledTimeoutMs',
    'gatherTimeoutMs',
    'requestMetrics',
    'metricsIntervalMs',
  ]);
  for (const key of compared) {
    const { kind, default: told } = settings[key];
    assert.deepEqual(kind.fromText(key, told), options[key], key);
  }
});
