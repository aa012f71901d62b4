// docs/recipes/environment-files.md: what has changed in a file is in force after a reload, or after a crash.
import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { httpRequest } from '../client.js';
import { startCommand, temporaryDirectory, until, type Command } from '../harness.js';
import { install } from './installed.js';
import { allAreTaken, batonArguments, commandOf } from './shown.js';

const page = 'docs/recipes/environment-files.md';

let cwd = '';
before(async () => {
  cwd = await install(page, [/^npm i dotenv/]);
});

/** The page's app by one of its commands, with a key in the file. */
class Service {
  readonly command: Command;
  readonly #env: NodeJS.ProcessEnv;
  readonly #test: TestContext;
  #url = '';

  constructor(t: TestContext, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#test = t;
    this.#env = { XDG_RUNTIME_DIR: temporaryDirectory(t), PORT: '0', ...env };
    write('API_KEY=first\n');
    const own = ['-w', '1', '--probation', '0', '--no-metrics'];
    this.command = startCommand(t, [...own, ...args], { cwd, env: this.#env });
  }

  async isUp(): Promise<this> {
    const [, host = ''] = await this.command.seen(/listening +(\S+)\n[^]*stop it with/);
    this.#url = `http://${host}/`;
    return this;
  }

  async key(): Promise<string> {
    return (await httpRequest(this.#url)).text.trim();
  }

  /** The command of the page, and how it ends. */
  async reload(): Promise<number | null> {
    const command = startCommand(this.#test, batonArguments(page, /^npx baton reload$/), {
      cwd,
      env: this.#env,
    });
    return (await command.exited).code;
  }
}

function write(text: string): void {
  writeFileSync(path.join(cwd, '.env'), text);
}

const commands = [/^npx baton --env-file/, /^npx baton with-dotenv/, /^npx baton -r dotenv/].map((pattern) =>
  batonArguments(page, pattern),
);

for (const args of commands)
  test(`${args.join(' ')}: a reload takes what has changed, and never what has been set outside`, async (t) => {
    const service = await new Service(t, args).isUp();
    assert.equal(await service.key(), 'first');
    const [, text = ''] = commandOf(page, /^echo .* > \.env$/);
    write(`${text}\n`);
    assert.equal(await service.key(), 'first', 'not before');
    assert.equal(await service.reload(), 0);
    assert.equal(`API_KEY=${await service.key()}`, text);

    write('OTHER=1\n');
    assert.equal(await service.reload(), 0);
    assert.equal(await service.key(), 'undefined');

    const outside = await new Service(t, args, { API_KEY: 'outside' }).isUp();
    assert.equal(await outside.key(), 'outside');
  });

test('a file that is missing fails the reload, and nothing changes', async (t) => {
  const service = await new Service(t, commands[0] ?? []).isUp();
  rmSync(path.join(cwd, '.env'));
  assert.equal(await service.reload(), 1);
  assert.match(service.command.stderr, /\.env: not found/);
  assert.equal(await service.key(), 'first');
});

test('a worker that crashes reads the file as it is by then', async (t) => {
  const service = await new Service(t, commands[0] ?? []).isUp();
  const [, pid = ''] = await service.command.seen(/workers +1 \(pid (\d+)\)/);
  appendFileSync(path.join(cwd, '.env'), 'API_KEY=second\n');
  process.kill(Number(pid), 'SIGKILL');
  await until(async () => (await service.key()) === 'second', 'the next worker has the second key');
});

allAreTaken(page, 'environment-files');
