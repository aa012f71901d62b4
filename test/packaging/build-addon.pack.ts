// `baton build-addon`, on a machine for which nothing is prebuilt.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ask } from '../client.js';
import { app, root, startCommand, temporaryDirectory } from '../harness.js';
import { installBaton, installDependency } from '../installed-baton.js';

const core = path.join(root, 'packages/core');

interface Installed {
  /** The command. */
  file: string;
  native: string;
  /** Of the app: another directory than that in which Baton is. */
  cwd: string;
}

/** Baton with the sources of its addon, as it is published, and without any addon. */
function install(t: TestContext): Installed {
  const directory = realpathSync(temporaryDirectory(t));
  const file = installBaton(directory);
  const native = path.join(directory, 'node_modules/@baton/core/native');
  rmSync(native, { recursive: true });
  for (const part of ['binding.gyp', 'src'])
    cpSync(path.join(core, 'native', part), path.join(native, part), { recursive: true });
  return { file, native, cwd: realpathSync(temporaryDirectory(t)) };
}

/** A node-gyp in the app's directory that does what is given instead, in the directory that it is to build. */
function fakeNodeGyp(cwd: string, program: string): void {
  const files = {
    'node-addon-api/package.json': '{}',
    'node-gyp/package.json': '{ "bin": "./run.js" }',
    'node-gyp/run.js': `process.chdir(process.argv.at(-1)); ${program}`,
  };
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(cwd, 'node_modules', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

const headers = path.join(path.dirname(process.execPath), '../include/node/node_api.h');
const options = { skip: !existsSync(headers) && `${headers} is not there: node-gyp would download it` };

test('it compiles the addon, and the app is served with it', options, async (t) => {
  const { file, native, cwd } = install(t);
  for (const name of ['node-gyp', 'node-addon-api'])
    installDependency(name, core, path.join(cwd, 'node_modules'));
  // That it is switched off is no reason not to build it, nor is a warning of the compiler.
  const command = startCommand(t, ['build-addon'], { cwd, file, env: { BATON_ADDON: 'none', CI: '1' } });
  assert.deepEqual(await command.exited, { code: 0, signal: null }, command.stderr);
  assert.match(command.stderr, /^baton: building the addon; this can take two minutes\n/);
  assert.equal(command.stdout, `built ${path.join(native, 'build/Release/baton.node')}\n`);
  const service = startCommand(t, ['--no-metrics', '-w', '1', app('http-any.cjs')], { file });
  const [, port] = await service.seen(/listening +\S+:(\d+)\n/);
  assert.equal((await ask({ port: Number(port), host: '127.0.0.1' })).slot, 0);
});

test('all that is missing is named at once, with how to get it', async (t) => {
  const { file, native, cwd } = install(t);
  const nothing = {
    PATH: cwd,
    PYTHON: '',
    CXX: '',
    MAKE: '',
    NODE_GYP_FORCE_PYTHON: '',
    npm_config_python: '',
  };
  const command = startCommand(t, ['build-addon'], { cwd, file, env: nothing });
  assert.equal((await command.exited).code, 1);
  assert.equal(command.stdout, '');
  assert.match(
    command.stderr,
    /^baton: Baton's native addon was not built\. Missing: node-gyp, node-addon-api, python3, make, C\+\+17 compiler\. /,
  );
  const version = Number(process.versions.node.split('.')[0]) >= 26 ? 13 : 12;
  assert.match(
    command.stderr,
    new RegExp(`for node-gyp, node-addon-api: "npm i -D node-gyp@${version} node-addon-api" in`),
  );
  assert.match(command.stderr, /for python3, make, C\+\+17 compiler: "apt-get install python3 make g\+\+"/);
  assert.equal(existsSync(path.join(native, 'build')), false);
});

test('a compiler that does not know C++17 is none', async (t) => {
  const { file, cwd } = install(t);
  fakeNodeGyp(cwd, '');
  const command = startCommand(t, ['build-addon'], { cwd, file, env: { CXX: 'g++ -include /nowhere' } });
  assert.equal((await command.exited).code, 1);
  assert.match(command.stderr, /Missing: C\+\+17 compiler\./);
});

test('where node-gyp fails, no half of a build is left', async (t) => {
  const { file, native, cwd } = install(t);
  fakeNodeGyp(cwd, "require('node:fs').mkdirSync('build/Release', { recursive: true }); process.exit(1);");
  const command = startCommand(t, ['build-addon'], { cwd, file });
  assert.equal((await command.exited).code, 1);
  assert.match(command.stderr, /was not built\. node-gyp failed; its output is above\./);
  assert.equal(existsSync(path.join(native, 'build')), false);
});

test('what was built and does not load is removed, so that a prebuilt one is found again', async (t) => {
  const { file, native, cwd } = install(t);
  const program = `
    require('node:fs').mkdirSync('build/Release', { recursive: true });
    require('node:fs').writeFileSync('build/Release/baton.node', 'no addon, and long enough to be taken for one'.repeat(99));`;
  fakeNodeGyp(cwd, program);
  const command = startCommand(t, ['build-addon'], { cwd, file });
  assert.equal((await command.exited).code, 1);
  assert.match(
    command.stderr,
    /baton\.node was compiled, but does not load: Error: .*invalid ELF header\. It was removed\./,
  );
  assert.equal(existsSync(path.join(native, 'build')), false);
});

test('node-gyp is given the headers of this node, and a way to node-addon-api', options, async (t) => {
  const { file, cwd } = install(t);
  const program = `
    console.error(process.argv.slice(2).join(' '), process.env.NODE_PATH);
    process.exit(1);`;
  fakeNodeGyp(cwd, program);
  const prefix = path.resolve(path.dirname(process.execPath), '..');
  // Under npm there is one from its settings.
  const unset = { NODE_PATH: '/other', npm_config_nodedir: undefined };
  const command = startCommand(t, ['build-addon'], { cwd, file, env: unset });
  await command.exited;
  const [, args, nodePath] = /^(rebuild .*) (\S+)\n/m.exec(command.stderr) ?? [];
  assert.match(args ?? '', new RegExp(` --nodedir=${prefix} `));
  assert.equal(nodePath, `${path.join(cwd, 'node_modules')}:/other`);
  // Whoever names headers means these.
  const env = { npm_config_nodedir: '/headers' };
  const given = startCommand(t, ['build-addon'], { cwd, file, env });
  await given.exited;
  assert.doesNotMatch(given.stderr, /--nodedir/);
});
