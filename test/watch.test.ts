// Running with --watch.
import assert from 'node:assert/strict';
import { realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Primary } from '@baton/core';
import { ask } from './client.js';
import { startCommand, temporaryDirectory, until } from './harness.js';

function server(version: number): string {
  return `
    const body = JSON.stringify({ slot: ${version} });
    require('node:http').createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');`;
}

test('an app that cannot start gets another chance at the next change', async (t) => {
  const cwd = realpathSync(temporaryDirectory(t));
  const file = path.join(cwd, 'app.js');
  writeFileSync(file, 'throw new Error("not yet");');
  const command = startCommand(t, ['--watch', '--no-metrics', '-w', '1', 'app.js'], { cwd });
  await command.seen(/No worker could start app\.js.*\nbaton: waiting for a file to change\n/);
  assert.match(command.stderr, /not yet/);
  writeFileSync(file, server(7));
  await command.seen(/baton: app\.js changed: starting again\n/);
  const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  assert.equal((await ask({ port: Number(port), host: '127.0.0.1' })).slot, 7);
  command.process.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
});

test('a signal ends the waiting for a change', async (t) => {
  const cwd = realpathSync(temporaryDirectory(t));
  const command = startCommand(t, ['--watch', '--no-metrics', '-w', '1', 'app.js'], { cwd });
  await command.seen(/There is no app "app\.js".*\nbaton: waiting for a file to change\n/);
  command.process.kill('SIGINT');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
});

test('what no change of a file can mend ends it', async (t) => {
  const cwd = realpathSync(temporaryDirectory(t));
  writeFileSync(path.join(cwd, 'app.js'), server(1));
  const command = startCommand(t, ['--watch', '--metrics', '192.0.2.1:1', 'app.js'], { cwd });
  assert.equal((await command.exited).code, 1);
  assert.match(command.stderr, /metrics server cannot listen on 192\.0\.2\.1:1/);
});

test(
  'a change reloads the app, and a change of the configuration is told',
  { skip: !('reload' in Primary.prototype) },
  async (t) => {
    const cwd = realpathSync(temporaryDirectory(t));
    const file = path.join(cwd, 'app.js');
    writeFileSync(file, server(1));
    writeFileSync(path.join(cwd, 'baton.config.json'), '{"app": "app.js", "watch": true, "metrics": false}');
    const command = startCommand(t, ['-w', '1'], { cwd });
    await command.seen(/listening +127\.0\.0\.1:/);
    const port = Number(/listening +127\.0\.0\.1:(\d+)/.exec(command.stderr)?.[1]);
    writeFileSync(file, server(2));
    await command.seen(/baton: app\.js changed: reloading\n/);
    await until(async () => (await ask({ port, host: '127.0.0.1' })).slot === 2, 'the new version answers');
    writeFileSync(path.join(cwd, 'baton.config.json'), '{"app": "other.js"}');
    await command.seen(/baton: baton\.config\.json changed: start baton again to have it read\n/);
  },
);
