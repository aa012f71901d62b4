// The addon of an installed package: which file is taken.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { startCommand, temporaryDirectory } from './harness.js';
import { installBaton } from './installed-baton.js';

const libc = readdirSync('/lib').some((name) => name.startsWith('ld-musl-')) ? 'musl' : 'glibc';
const otherLibc = libc === 'musl' ? 'glibc' : 'musl';

/** Loads Baton's addon, and tells from which file, and of what it has set in the environment. */
const app = `
  import { Primary } from '@baton/core';
  try {
    new Primary({ app: import.meta.filename ?? 'app.mjs' });
    const { sharedObjects } = process.report.getReport();
    const { LIBC, PREBUILDS_ONLY, npm_config_arch, npm_config_platform } = process.env;
    console.log(
      sharedObjects.find((file) => file.endsWith('.node')),
      ...[LIBC, PREBUILDS_ONLY, npm_config_arch, npm_config_platform].filter(Boolean),
    );
  } catch (error) {
    console.log(error.message);
  }
  process.exit();`;

interface Installed {
  cwd: string;
  native: string;
  prebuilds: string;
  /** What the app says. */
  run: (env?: NodeJS.ProcessEnv) => Promise<string>;
}

/** With the addon of this clone as the prebuilt one. */
function install(t: TestContext): Installed {
  const cwd = realpathSync(temporaryDirectory(t));
  installBaton(cwd);
  const native = path.join(cwd, 'node_modules/@baton/core/native');
  const prebuilds = path.join(native, `prebuilds/linux-${process.arch}`);
  mkdirSync(prebuilds, { recursive: true });
  renameSync(path.join(native, 'build/Release/baton.node'), path.join(prebuilds, `baton.${libc}.node`));
  rmSync(path.join(native, 'build'), { recursive: true });
  writeFileSync(path.join(prebuilds, `baton.${otherLibc}.node`), 'not for this C library');
  const file = path.join(cwd, 'app.mjs');
  writeFileSync(file, app);
  const run = async (env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const command = startCommand(t, [], { cwd, file, env });
    await command.exited;
    assert.equal(command.stderr, '');
    return command.stdout.trimEnd();
  };
  return { cwd, native, prebuilds, run };
}

const misleading = {
  LIBC: otherLibc,
  PREBUILDS_ONLY: '1',
  npm_config_arch: 'riscv64',
  npm_config_platform: 'darwin',
};
const asGiven = Object.values(misleading).join(' ');

test('the prebuilt one for the processor and the C library is taken, whatever is set for others', async (t) => {
  const { prebuilds, run } = install(t);
  const file = path.join(prebuilds, `baton.${libc}.node`);
  assert.equal(await run(), file);
  assert.equal(await run(misleading), `${file} ${asGiven}`);
});

test('one that was built there goes before it', async (t) => {
  const { native, prebuilds, run } = install(t);
  const built = path.join(native, 'build/Release/baton.node');
  mkdirSync(path.dirname(built), { recursive: true });
  writeFileSync(built, 'built elsewhere');
  assert.match(
    await run(),
    new RegExp(`${built} does not load: it is not a Linux library\\. .*remove ${native}/build`),
  );
  renameSync(path.join(prebuilds, `baton.${libc}.node`), built);
  assert.equal(await run(), built);
  assert.equal(await run(misleading), `${built} ${asGiven}`);
});
