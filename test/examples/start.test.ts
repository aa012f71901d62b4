// `pnpm start [name]` in a clone: it is `sh scripts/start-example.sh`, with the workspace's commands in PATH, as pnpm has it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ask } from '../client.js';
import { blocksOf } from '../docs/page.js';
import { root, temporaryDirectory } from '../harness.js';
import { manifestOf } from './example.js';

const startable = readdirSync(path.join(root, 'examples')).filter((name) =>
  existsSync(path.join(root, 'examples', name, 'package.json')),
);

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: { start: string };
};

/** As the list of examples shows them: for a copied folder, of which copied.pack.ts makes sure, and for a clone. */
const [inFolder, inClone, ...others] = blocksOf('examples/README.md')
  .filter(({ test }) => test === 'start')
  .map(({ text }) => text.trim());

const bin = path.join(root, 'node_modules/.bin');

test('it serves the example that is named, and its process is the primary', async (t) => {
  assert.deepEqual([inFolder, others], ['npm install && npm start', []]);
  const [, name] = /^npx -y pnpm@12 start (\S+)$/.exec(inClone ?? '') ?? [];
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env['PATH']}`,
    HOST: '127.0.0.1',
    PORT: '0',
    BATON_WORKERS: '1',
    BATON_METRICS: '127.0.0.1:0',
    XDG_RUNTIME_DIR: temporaryDirectory(t),
  };
  const child = spawn('sh', ['-c', `exec ${scripts.start} ${name}`], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill());
  const exited = once(child, 'exit');
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    if (line.includes('stop it with')) break;
  }
  const [, port] = /listening +127\.0\.0\.1:(\d+)/.exec(said.join('\n')) ?? [];
  assert.match(said.join('\n'), new RegExp(`baton-example-${name}, pid ${child.pid};`));
  await ask({ host: '127.0.0.1', port });
  child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
});

test('an example that there is not is an error, with those that there are', async () => {
  const run = promisify(execFile)('sh', ['-c', `${scripts.start} expres`], { cwd: root });
  await assert.rejects(run, {
    code: 1,
    stdout: '',
    stderr: `There is no example 'expres'. There are: ${startable.join(' ')}.\n`,
  });
});

test('each example that can be started depends on the version of Baton that the clone has', () => {
  assert.ok(startable.includes('fastify'));
  for (const name of startable) {
    const { dependencies } = manifestOf(name);
    const ours = Object.keys(dependencies).filter((dependency) => dependency.startsWith('@baton/'));
    assert.ok(ours.includes('@baton/core'), name);
    for (const dependency of ours) {
      const manifest = readFileSync(
        path.join(root, 'packages', dependency.slice('@baton/'.length), 'package.json'),
        'utf8',
      );
      const { version } = JSON.parse(manifest) as { version: string };
      assert.equal(dependencies[dependency], `^${version}`, `${dependency} of ${name}`);
    }
  }
});
