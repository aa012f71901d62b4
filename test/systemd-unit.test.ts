// The unit of the page on systemd: what it says fits what the options are by default, and systemd understands it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Primary } from '@baton/core';
import { fileOf } from './docs/page.js';
import { app, temporaryDirectory } from './harness.js';

const page = 'docs/recipes/systemd.md';
const unit = fileOf(page, 'app.service');

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

test('the commands of the unit find the control socket', () => {
  const [directory] = valuesOf('Service', 'RuntimeDirectory');
  assert.ok(valuesOf('Service', 'Environment').includes(`XDG_RUNTIME_DIR=/run/${directory}`));
  const [start = '', reload = ''] = ['ExecStart', 'ExecReload'].flatMap((key) => valuesOf('Service', key));
  const nameOf = (command: string): string | undefined => /--name (\S+)/.exec(command)?.[1];
  assert.ok(nameOf(start));
  assert.equal(nameOf(reload), nameOf(start));
});

test('the start waits for the app of this unit: a port that another Baton has is an error', () => {
  const [start = '', after = ''] = ['ExecStart', 'ExecStartPost'].flatMap((key) => valuesOf('Service', key));
  const [, address] = /--metrics (\S+)/.exec(start) ?? [];
  const [url = ''] = /http:[^ ;]+/.exec(after) ?? [];
  assert.equal(new URL(url).host, address);
});

const withoutSystemd =
  spawnSync('systemd-analyze', ['--version']).status === 0
    ? false
    : 'systemd-analyze (Debian package systemd) is not installed';

test('systemd-analyze verify finds nothing', { skip: withoutSystemd }, (t) => {
  const directory = temporaryDirectory(t);
  const files = ['app.service', 'app.socket'].map((name) => path.join(directory, name));
  // It looks for the commands, too.
  const text = unit.replaceAll('/srv/app/node_modules/.bin/baton', process.execPath);
  writeFileSync(files[0]!, text);
  writeFileSync(files[1]!, fileOf(page, 'app.socket'));
  const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], {
    encoding: 'utf8',
  });
  const about = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('app.'));
  assert.deepEqual(about, []);
});
