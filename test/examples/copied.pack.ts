// An example whose folder somebody has copied: npm installs it from a registry, and starts it, as its README says.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { blocksOf } from '../docs/page.js';
import { root, startCommand, temporaryDirectory } from '../harness.js';
import { startRegistry } from '../packaging/registry.js';
import { freshEnvironment, npm, runNode, tool } from '../packaging/tools.js';

const folder = path.join(root, 'examples');

/** Those that begin with one command, and need no build of their own. */
const names = readdirSync(folder).filter((name) => existsSync(path.join(folder, name, 'app.js')));

test('a copied example', async (t) => {
  const registry = await startRegistry(t);
  for (const name of names)
    await t.test(`${name}: npm install && npm start`, async (t) => {
      const [first] = blocksOf(`examples/${name}/README.md`);
      assert.equal(first?.text, 'npm install && npm start\n');
      const directory = temporaryDirectory(t);
      const isOurs = (file: string): boolean => path.basename(file) !== 'node_modules';
      cpSync(path.join(folder, name), directory, { recursive: true, filter: isOurs });
      writeFileSync(path.join(directory, '.npmrc'), `registry=${registry}\n`);
      const env = {
        ...freshEnvironment(t),
        HOST: '127.0.0.1',
        PORT: '0',
        BATON_WORKERS: '1',
        BATON_METRICS: '127.0.0.1:0',
      };
      await runNode([npm, 'install'], { cwd: directory, env });
      const primary = startCommand(t, ['start'], { file: npm, cwd: directory, env });
      const [, port] = await primary.seen(/listening +127\.0\.0\.1:(\d+)/);
      await primary.seen(/stop it with/);
      const query = name === 'socket-io' ? 'socket.io/?EIO=4&transport=polling' : '';
      const response = await fetch(`http://127.0.0.1:${port}/${query}`);
      assert.equal(response.status, 200);
      await response.body?.cancel();
      await runNode([tool('npm/bin/npx-cli.js'), 'baton', 'stop'], { cwd: directory, env });
      assert.deepEqual(await primary.exited, { code: 0, signal: null }, primary.stderr);
    });
});
