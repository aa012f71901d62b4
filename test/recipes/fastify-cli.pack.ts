// An app of fastify-cli under Baton, and what its delay at the end does to requests.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { httpRequest } from '../client.js';
import { fileOf } from '../docs/page.js';
import { startCommand, type Command } from '../harness.js';
import { install } from './installed.js';
import { allAreTaken, batonArguments } from './shown.js';

const page = 'docs/recipes/fastify-cli.md';
const byCli = batonArguments(page, /^npx baton .*cli\.js/);

/** A request that is answered a second after the signal to end has come. */
const slow = `
  module.exports = async function (app, options) {
    app.get('/', async () => {
      console.log('begun');
      await new Promise((resolve) => process.once('SIGTERM', () => setTimeout(resolve, 1_000)));
      return { slow: true };
    });
  };`;

let cwd = '';

before(async () => {
  cwd = await install(page, [/^npm i .*fastify-cli$/, /^npm i fastify$/]);
  writeFileSync(path.join(cwd, 'slow.js'), slow);
});

async function start(t: TestContext, args: readonly string[]): Promise<{ command: Command; url: string }> {
  const env = { PORT: '0', FASTIFY_ADDRESS: '127.0.0.1' };
  const own = ['-w', '2', '--probation', '0', '--no-metrics'];
  const command = startCommand(t, [...own, ...args], { cwd, env });
  const [, host = ''] = await command.seen(/listening +(\S+)\n[^]*stop it with/);
  return { command, url: `http://${host}/` };
}

for (const [how, args] of [
  ['fastify-cli', byCli],
  ['a server file', batonArguments(page, /^npx baton server\.js$/)],
] as const)
  test(`${how} serves the app, its health, and is reloaded`, async (t) => {
    const { command, url } = await start(t, args);
    const { hello, slot } = JSON.parse((await httpRequest(url)).text) as { hello: string; slot: number };
    assert.equal(hello, 'world');
    assert.ok(slot === 0 || slot === 1);
    assert.equal((await httpRequest(new URL('readyz', url))).status, 200);
    command.process.kill('SIGHUP');
    await command.seen(/reloaded in/);
    assert.equal((await httpRequest(url)).status, 200);
    command.process.kill('SIGTERM');
    assert.deepEqual(await command.exited, { code: 0, signal: null });
    assert.doesNotMatch(command.stderr, /was told to end, and/);
  });

test('scripts of the package do what the commands do', () => {
  const { scripts } = JSON.parse(fileOf(page, 'package.json')) as { scripts: Record<string, string> };
  assert.deepEqual(scripts['start']?.split(' '), ['baton', ...byCli]);
});

test("fastify-cli's own delay cuts a request off at a stop; the page's does not", async (t) => {
  const ofSlow = [...byCli.slice(0, -1), 'slow.js'];
  const at = ofSlow.indexOf('--close-grace-delay');
  for (const [args, isAnswered] of [
    [ofSlow.toSpliced(at, 2), false],
    [ofSlow, true],
  ] as const) {
    const { command, url } = await start(t, args);
    const answer = httpRequest(url).then(
      ({ status }) => status,
      () => undefined,
    );
    await command.seen(/^begun$/m, 'stdout');
    command.process.kill('SIGTERM');
    assert.equal(await answer, isAnswered ? 200 : undefined);
    await command.exited;
    const cutOff = /worker \d \(pid \d+\) was told to end, and ended with code 1/;
    assert.equal(cutOff.test(command.stderr), !isAnswered, command.stderr);
  }
});

allAreTaken(page, 'fastify-cli');
