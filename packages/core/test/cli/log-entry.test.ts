import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { logLevels, logLine } from '#core/cli/log-entry.js';
import { likelyLogFormat } from '#core/cli/log-format.js';

test('a line is one JSON object: time, level, message, event, and fields that have a value', () => {
  const line = logLine('crash', 'worker 0 \u001B[31mended\nbadly', {
    slot: 0,
    pid: undefined,
    by: '\u009B2J',
  });
  assert.match(line, /^[\u0020-\u007e]*$/, 'nothing that a terminal acts on, on one line');
  const { time, ...others } = JSON.parse(line) as { time: string };
  assert.equal(new Date(time).toISOString(), time);
  const expected = { level: 'error', msg: 'worker 0 ended\nbadly', event: 'crash', slot: 0, by: '\u009B2J' };
  assert.deepEqual(others, expected);
  assert.deepEqual(Object.keys(JSON.parse(line) as object).slice(0, 4), ['time', 'level', 'msg', 'event']);
});

test('docs/logs.md has every event, with its level', () => {
  const page = readFileSync(new URL('../../../../../docs/logs.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (info|warn|error) /gm)];
  assert.deepEqual(Object.fromEntries(rows.map(([, event, level]) => [event, level])), logLevels);
});

test('before the settings are read, the flag counts, and else the variable', () => {
  const json = { BATON_LOG_FORMAT: 'json' };
  assert.equal(likelyLogFormat(['app.js'], {}), 'text');
  assert.equal(likelyLogFormat(['app.js'], json), 'json');
  assert.equal(likelyLogFormat(['--log-format', 'json', 'app.js'], {}), 'json');
  assert.equal(likelyLogFormat(['app.js', '--log-format=json'], {}), 'json');
  assert.equal(likelyLogFormat(['--log-format=text', 'app.js'], json), 'text');
  assert.equal(likelyLogFormat(['--log-format=xml', 'app.js'], {}), 'text');
  assert.equal(likelyLogFormat(['--log-format'], {}), 'text');
  assert.equal(likelyLogFormat(['app.js', '--', '--log-format=json'], {}), 'text', "that is the app's");
});
