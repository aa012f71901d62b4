import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { ask } from '../client.js';
import { startCommand, temporaryDirectory, type CommandOptions } from '../harness.js';
import { installBaton } from '../installed-baton.js';

/**
 * Serves an app by the prebuilt addon, reloads it, and stops, by Baton's commands. They are installed in a directory of their own,
 * since in this clone its own build of the addon would be found first. `arch`: that of the Node in `runtime`.
 */
export async function serveAndReload(
  test: TestContext,
  handoff: 'connections' | 'listeners',
  arch: string,
  runtime: Pick<CommandOptions, 'node' | 'env'> = {},
): Promise<void> {
  const directory = temporaryDirectory(test);
  const file = installBaton(directory, undefined, 'native/prebuilds');
  writeFileSync(
    path.join(directory, 'app.cjs'),
    `const answer = JSON.stringify({ slot: Number(process.env.BATON_SLOT), pid: process.pid });
     require('node:http').createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1');`,
  );
  const env = { ...runtime.env, XDG_RUNTIME_DIR: temporaryDirectory(test) };
  const options = { ...runtime, file, cwd: directory, env };
  const args = ['--handoff', handoff, '-w', '2', '--no-metrics', '--name', 'prebuilt', 'app.cjs'];
  const command = startCommand(test, args, options);
  const [, port] = await command.seen(/listening .*:(\d+)/);
  const before = await ask({ port });
  const mapped = new Set([command.pid, before.pid].map(mappedAddon));
  assert.equal(mapped.size, 1);
  assert.match(
    [...mapped][0] ?? '',
    new RegExp(`/native/prebuilds/linux-${arch}/baton\\.(glibc|musl)\\.node$`),
  );

  const reload = startCommand(test, ['reload', '--name', 'prebuilt'], options);
  assert.deepEqual(await reload.exited, { code: 0, signal: null }, reload.stderr);
  assert.notEqual((await ask({ port })).pid, before.pid);
  const stop = startCommand(test, ['stop', '--name', 'prebuilt'], options);
  assert.deepEqual(await stop.exited, { code: 0, signal: null }, stop.stderr);
  assert.deepEqual(await command.exited, { code: 0, signal: null }, command.stderr);
}

/** The addon that a process has loaded. */
function mappedAddon(pid: number): string | undefined {
  return /\S*\/baton\.\S*node$/m.exec(readFileSync(`/proc/${pid}/maps`, 'utf8'))?.[0];
}
