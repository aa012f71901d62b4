// Installs @baton/core from a folder of tarballs, as somebody who begins with it, and uses it: node scripts/try-packages.js FOLDER. On Linux
// an app is served by workers, and reloaded, with each handoff; elsewhere it runs as one plain process.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined)
  throw new Error('Say which folder has the tarballs: node scripts/try-packages.js FOLDER');
const tarball = readdirSync(folder).find((name) => /^baton-core-.*\.tgz$/.test(name));
if (tarball === undefined) throw new Error(`There is no baton-core-*.tgz in ${folder}.`);

// Not in the clone, where Node would find its packages.
const directory = mkdtempSync(path.join(tmpdir(), 'baton-try-'));
const runtime = path.join(directory, 'run');
mkdirSync(runtime, { mode: 0o700 });
const env = { ...process.env, XDG_RUNTIME_DIR: runtime };
// npm is a script there, which only a shell runs.
const shell = process.platform === 'win32';
const isPlain = process.platform !== 'linux' || process.env.BATON_ADDON === 'none';

writeFileSync(path.join(directory, 'package.json'), '{ "private": true }');
writeFileSync(
  path.join(directory, 'app.js'),
  `const { isWorker } = require('node:cluster');
   const answer = JSON.stringify({ pid: process.pid, isWorker });
   const server = require('node:http').createServer((request, response) => response.end(answer));
   server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));`,
);

writeFileSync(path.join(directory, 'exits.js'), 'process.exitCode = 5;');

/** The exit code of a command of Baton's, which is found as users find it, and what it says on standard error. */
function baton(...args) {
  const { status, stderr } = spawnSync('npx', ['baton', ...args], {
    cwd: directory,
    env,
    shell,
    encoding: 'utf8',
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  process.stderr.write(stderr);
  return { status, stderr };
}

/** Serves the app meanwhile. `use` gets the app's port, and what Baton says in the end. */
async function serve(options, use) {
  const args = [path.join(directory, 'node_modules/@baton/core/bin/baton.js'), ...options, 'app.js'];
  console.log(`== ${['baton', ...options, 'app.js'].join(' ')}`);
  const child = spawn(process.execPath, args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  try {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    const port = await new Promise((resolve, reject) => {
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        output += text;
        const [, port] = /port (\d+)/.exec(output) ?? [];
        if (port !== undefined) resolve(port);
      });
      child.once('exit', () => reject(new Error(`baton ended:\n${output}\n${said}`)));
    });
    await use({
      ask: async () => (await fetch(`http://127.0.0.1:${port}/`)).json(),
      said: () => said,
      exited,
    });
  } finally {
    // Windows has no signals that Baton could pass on.
    if (shell) spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f']);
    else child.kill();
    await exited;
  }
}

try {
  execFileSync('npm', ['install', path.resolve(folder, tarball)], {
    cwd: directory,
    env,
    shell,
    stdio: 'inherit',
  });
  if (isPlain) {
    await serve([], async ({ ask, said }) => {
      assert.equal((await ask()).isWorker, false);
      assert.match(said(), /runs as one plain process/);
      const { status, stderr } = baton('status');
      assert.match(stderr, /does not work here/);
      assert.equal(status, 1);
    });
    assert.equal(baton('exits.js').status, 5);
  } else {
    for (const handoff of ['connections', 'listeners'])
      await serve(['--workers', '2', '--handoff', handoff], async ({ ask, exited }) => {
        const before = await ask();
        assert.equal(before.isWorker, true);
        assert.equal(baton('status').status, 0);
        assert.equal(baton('reload').status, 0);
        assert.notEqual((await ask()).pid, before.pid);
        assert.equal(baton('stop').status, 0);
        assert.deepEqual(await exited, [0, null]);
      });
  }
  console.log('all is well');
} finally {
  rmSync(directory, { recursive: true, force: true });
}
