// Builds the addon for the targets given, by default for all, as it is published: packages/core/native/prebuilds. What is newer than
// its sources is left alone. tsc goes first: it compiles what knows where Node's headers are.
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { headersPrefix } from '../packages/core/dist/addon/build.js';
import { core, isUpToDate, native } from './native.js';
import { zig, zigLock } from './zig.js';

/** zig's names. The glibc is that of Node's own binaries: what this builds runs wherever they do. */
const targets = {
  'linux-x64-glibc': 'x86_64-linux-gnu.2.28',
  'linux-x64-musl': 'x86_64-linux-musl',
  'linux-arm64-glibc': 'aarch64-linux-gnu.2.28',
  'linux-arm64-musl': 'aarch64-linux-musl',
};

/** What node-gyp does with binding.gyp, but for the compiler's and the linker's own options. */
function compilerArguments(libc) {
  const [gyp] = JSON.parse(readFileSync(path.join(native, 'binding.gyp'), 'utf8')).targets;
  const napi = createRequire(path.join(core, 'package.json')).resolve('node-addon-api/package.json');
  const prefix = headersPrefix();
  if (prefix === undefined)
    throw new Error(`There are no headers of Node beside ${process.execPath} (../include/node).`);
  return [
    '-shared',
    '-fPIC',
    '-O3',
    '-fno-rtti',
    '-s',
    '-Werror',
    ...gyp.cflags_cc,
    ...gyp.defines.map((define) => `-D${define}`),
    '-isystem',
    path.dirname(napi),
    '-isystem',
    path.join(prefix, 'include/node'),
    ...gyp.sources,
    ...(libc === 'glibc' ? ['prebuild/glibc_stat.cc'] : []),
    ...gyp.ldflags,
    '-Wl,--version-script=prebuild/exports.map',
  ];
}

/** The file by which node-gyp-build finds it. */
function prebuildOf(target) {
  const [platform, arch, libc] = target.split('-');
  return path.join(native, 'prebuilds', `${platform}-${arch}`, `baton.${libc}.node`);
}

function build(target) {
  const libc = target.split('-')[2];
  const file = prebuildOf(target);
  const extra = ['exports.map', 'glibc_stat.cc'].map((name) => path.join(native, 'prebuild', name));
  if (isUpToDate(file, ...extra, zigLock, import.meta.filename)) return;
  console.log(`building ${path.relative('', file)}`);
  mkdirSync(path.dirname(file), { recursive: true });
  // Whoever runs the old one goes on with it.
  const fresh = path.join(core, `build/${target}.node`);
  mkdirSync(path.dirname(fresh), { recursive: true });
  if (zig(['c++', '-target', targets[target], ...compilerArguments(libc), '-o', fresh], native) !== 0) {
    throw new Error(`The addon for ${target} could not be built; see above.`);
  }
  renameSync(fresh, file);
}

const asked = process.argv.slice(2);
const unknown = asked.find((target) => !Object.hasOwn(targets, target));
if (unknown !== undefined) {
  console.error(`${unknown} is no target: there are ${Object.keys(targets).join(', ')}`);
  process.exit(1);
}
for (const target of asked.length === 0 ? Object.keys(targets) : asked) build(target);
