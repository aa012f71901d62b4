// Each fixture runs in plain Node, and as an app of Baton: it must see the same.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { app, startCommand, temporaryDirectory } from './harness.js';

const folder = app('semantics');
const fixtures = readdirSync(folder).filter((name) => name !== 'report.cjs');

function makeEnv(t: TestContext): NodeJS.ProcessEnv {
  const directory = temporaryDirectory(t);
  chmodSync(directory, 0o777);
  return { SOCKET_PATH: path.join(directory, 'app.sock') };
}

async function seenInPlainNode(
  file: string,
  env: NodeJS.ProcessEnv,
  prefix: readonly string[],
): Promise<unknown> {
  const [program, ...args] = [...prefix, process.execPath, file];
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (/^SEEN .*\n/m.test(output)) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return parse(output);
}

async function seenUnderBaton(
  t: TestContext,
  file: string,
  handoff: string,
  env: NodeJS.ProcessEnv,
  prefix: readonly string[],
): Promise<unknown> {
  const args = ['--workers', '1', '--handoff', handoff, '--no-metrics', file];
  const command = startCommand(t, args, { env, prefix });
  await command.seen(/^SEEN .*\n/m, 'stdout');
  return parse(command.stdout);
}

function parse(output: string): unknown {
  const line = /^SEEN (.*)$/m.exec(output)?.[1];
  assert.ok(line, `the fixture printed no result: ${output}`);
  return JSON.parse(line);
}

/** Root may bind any port, unless that right is taken from it (capabilities(7), CAP_NET_BIND_SERVICE). */
function withoutLowPorts(): string[] {
  return process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-net_bind_service'] : [];
}

for (const name of fixtures) {
  test(`${path.basename(name, '.cjs')}: an app sees what it sees in plain Node`, async (t) => {
    const file = path.join(folder, name);
    const prefix = name === 'privileged-port.cjs' ? withoutLowPorts() : [];
    const plain = await seenInPlainNode(file, makeEnv(t), prefix);
    for (const handoff of ['connections', 'listeners'])
      assert.deepEqual(await seenUnderBaton(t, file, handoff, makeEnv(t), prefix), plain, handoff);
  });
}
