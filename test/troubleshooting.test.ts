// docs/troubleshooting.md: the messages by which a reader finds the place are those that Baton writes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { root, startCommand, temporaryDirectory, until, type Command } from './harness.js';

const page = readFileSync(path.join(root, 'docs/troubleshooting.md'), 'utf8');

/** A message that the page has, as a pattern: numbers differ, and `…` is anything. */
function message(start: string): RegExp {
  const texts = new Set([...page.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text));
  const found = [...texts].filter((text) => text.startsWith(start));
  assert.equal(found.length, 1, `the page has ${JSON.stringify(found)}`);
  const escaped = found[0]?.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') ?? '';
  return new RegExp(escaped.replaceAll('…', '.*').replace(/\d+/g, String.raw`\d+`));
}

/** A directory with an app, and commands in it. */
class Shop {
  readonly #test: TestContext;
  readonly #cwd: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(t: TestContext, app: string) {
    this.#test = t;
    this.#cwd = temporaryDirectory(t);
    this.#env = { XDG_RUNTIME_DIR: temporaryDirectory(t) };
    this.write(app);
  }

  write(app: string): void {
    writeFileSync(path.join(this.#cwd, 'server.js'), app);
  }

  run(...args: string[]): Command {
    return startCommand(this.#test, args, { cwd: this.#cwd, env: this.#env });
  }

  async start(...args: string[]): Promise<Command> {
    const command = this.run('-w', '1', '--no-metrics', ...args, 'server.js');
    await command.seen(/stop it with/);
    return command;
  }
}

const server = "require('node:http').createServer()";

test('No worker could start', async (t) => {
  const command = new Shop(t, 'process.exit(1)').run('-w', '2', '--no-metrics', 'server.js');
  assert.equal((await command.exited).code, 1);
  assert.match(command.stderr, message('No worker could start server.js'));
});

test('the port is in use', async (t) => {
  const other = net.createServer().listen(0);
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as net.AddressInfo;
  const command = new Shop(t, `${server}.listen(${port})`).run('-w', '1', '--no-metrics', 'server.js');
  assert.equal((await command.exited).code, 1);
  assert.match(command.stderr, message('listen EADDRINUSE'));
});

test('what listens past Baton is starting', async (t) => {
  const shop = new Shop(t, `${server}.listen({ port: 0, exclusive: true }, () => console.log('listens'))`);
  const command = shop.run('-w', '1', '--no-metrics', 'server.js');
  await command.seen(/^listens$/m, 'stdout');
  await until(async () => {
    const status = shop.run('status');
    await status.exited;
    return /^ +0 +starting /m.test(status.stdout);
  }, 'the worker is starting');
});

test('no primary', async (t) => {
  const shop = new Shop(t, '');
  for (const [args, start] of [
    [['status'], 'No primary runs in'],
    [['status', '--name', 'other'], 'No primary has the name'],
  ] as const) {
    const command = shop.run(...args);
    assert.equal((await command.exited).code, 1);
    assert.match(command.stderr, message(start));
  }
});

const good = `${server}.listen(0); require('node:net').createServer().listen('second.sock'); process.send('ready');`;

/** The good app has to be ready within it, too, while another spins. */
const inTime = ['--ready-timeout', '5s'];

test('a reload that fails says why', { concurrency: true }, async (t) => {
  const cases: [start: string, app: string, ...args: string[]][] = [
    ['ended with code 1 before', 'process.exit(1)'],
    ['ended … during its probation', `${good} setTimeout(() => process.exit(1), 500)`, '--probation', '20s'],
    ['was not ready within', 'setInterval(() => {}, 1_000)', ...inTime],
    ['has not called ready()', `${server}.listen(0)`, ...inTime, '--wait-ready'],
    ['did not listen on', `${server}.listen(0)`, ...inTime],
    ['its event loop is blocked', `${good} for (;;);`, ...inTime],
  ];
  const runs = cases.map(([start, app, ...args]) =>
    t.test(start, async (t) => {
      const shop = new Shop(t, good);
      await shop.start(...args);
      shop.write(app);
      const reload = shop.run('reload');
      assert.equal((await reload.exited).code, 1);
      assert.match(reload.stderr, message('The reload failed'));
      assert.match(reload.stderr, message(start));
    }),
  );
  await Promise.all(runs);
});
