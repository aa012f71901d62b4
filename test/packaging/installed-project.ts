import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { httpRequest } from '../client.js';
import { Command, temporaryDirectory } from '../harness.js';
import type { PackageManager } from './package-managers.js';
import { freshEnvironment } from './tools.js';

const packages = ['@baton/core', '@baton/fastify-plugin', 'fastify', 'prom-client'];

const shop = `
  import baton from '@baton/fastify-plugin';
  import Fastify from 'fastify';

  const app = Fastify();
  await app.register(baton, { healthRoutes: true });
  app.get('/', () => ({ pid: process.pid, isWorker: app.baton.isWorker }));
  await app.listen({ host: '127.0.0.1', port: 0 });
`;

/** A directory with nothing in it but these files, and commands that run there. */
export class Project {
  readonly directory: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(t: TestContext, files: Record<string, string>) {
    this.directory = temporaryDirectory(t);
    this.#env = freshEnvironment(t);
    assert.equal(spawnSync('c++', { env: this.#env }).error?.message, 'spawnSync c++ ENOENT');
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(this.directory, name), text);
  }

  start([file = '', ...args]: readonly string[]): Command {
    return new Command(args, { file, cwd: this.directory, env: this.#env });
  }

  async run(command: readonly string[]): Promise<Command> {
    const ended = this.start(command);
    const { code } = await ended.exited;
    assert.equal(code, 0, ended.stdout + ended.stderr);
    return ended;
  }

  /** Runs an app by Baton, reloads it, reads its metrics, stops it. `baton`: how the command is run. */
  async serve(baton: readonly string[], app: string): Promise<{ answers: Answer[]; metrics: string }> {
    const options = ['--workers', '2', '--probation', '0', '--metrics', '127.0.0.1:0'];
    const command = this.start([...baton, ...options, app]);
    try {
      const [, url = ''] = await command.seen(/listening +(127\.0\.0\.1:\d+)/);
      const [, admin = ''] = await command.seen(/metrics +(\S+)\/metrics/);
      const answers = [await answerOf(url)];
      await this.run([...baton, 'reload']);
      answers.push(await answerOf(url));
      const { stdout } = await this.run([...baton, 'status', '--json']);
      const { workers } = JSON.parse(stdout) as { workers: { pid: number }[] };
      assert.ok(workers.some(({ pid }) => pid === answers[1]?.pid));
      const { text: metrics } = await httpRequest(`${admin}/metrics`);
      return { answers, metrics };
    } finally {
      await this.run([...baton, 'stop']);
      assert.deepEqual(await command.exited, { code: 0, signal: null }, command.stderr);
    }
  }
}

export interface Answer {
  pid: number;
  isWorker?: boolean;
}

async function answerOf(host: string): Promise<Answer> {
  return JSON.parse((await httpRequest(`http://${host}/`)).text) as Answer;
}

/** Installs the packages in a project of their own, and serves an app with the plugin from there. `options`: of the package manager. */
export async function installAndServe(
  t: TestContext,
  registry: string,
  { add, run, configuration }: PackageManager,
  options: readonly string[],
): Promise<void> {
  const project = new Project(t, {
    'package.json': '{ "name": "shop", "private": true }',
    'shop.mjs': shop,
    ...configuration(registry),
  });
  const { stdout, stderr } = await project.run([...add, ...options, ...packages]);
  assert.doesNotMatch(stdout + stderr, /(install|build)[ -]script|deprecated/i);
  const { answers, metrics } = await project.serve([...run, 'baton'], 'shop.mjs');
  assert.deepEqual(
    answers.map(({ isWorker }) => isWorker),
    [true, true],
  );
  assert.notEqual(answers[0]?.pid, answers[1]?.pid);
  assert.match(metrics, /^baton_handoffs_total\b/m);
  assert.match(metrics, /^http_request_duration_seconds_count\{.*route="\/".*\} [12]$/m);
}
