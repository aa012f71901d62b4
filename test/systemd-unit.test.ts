// The unit in docs/stopping.md: what it says fits what the options are by default.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Primary } from '@baton/core';
import { app, root } from './harness.js';

const page = readFileSync(path.join(root, 'docs/stopping.md'), 'utf8');
const [, unit = ''] = /```ini\n([^]*?)```/.exec(page) ?? [];

function valuesOf(section: string, key: string): string[] {
  const [, body = ''] = new RegExp(`^\\[${section}\\]\\n([^[]*)`, 'm').exec(unit) ?? [];
  return body.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
}

test('systemd gives the primary the time that it gives its workers, and asks it alone to end', () => {
  const { stopTimeoutMs } = new Primary({ app: app('http.cjs') }).options;
  const [timeout] = valuesOf('Service', 'TimeoutStopSec');
  assert.ok(Number(timeout) * 1_000 > stopTimeoutMs, timeout);
  assert.deepEqual(valuesOf('Service', 'KillMode'), ['mixed']);
});

test('the unit can be started, reloaded and enabled', () => {
  assert.deepEqual(valuesOf('Service', 'ExecStart'), ['/usr/bin/node node_modules/.bin/baton app.js']);
  assert.deepEqual(valuesOf('Service', 'ExecReload'), ['/bin/kill -HUP $MAINPID']);
  assert.deepEqual(valuesOf('Install', 'WantedBy'), ['multi-user.target']);
});
