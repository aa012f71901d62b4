import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { root, temporaryDirectory } from '../harness.js';

/** `scripts/test.js` installs them, as the lock file there says. */
const directory = path.join(root, 'test/packaging/tools');

/** Loads one of the tools. */
export const requireTool = createRequire(path.join(directory, 'package.json'));

/** The file of a tool, for node to run. */
export function tool(file: string): string {
  return path.join(directory, 'node_modules', file);
}

export const npm = tool('npm/bin/npm-cli.js');
export const pnpm = tool('pnpm/bin/pnpm.mjs');

/** Runs a program to its end. Resolves with its standard output, or rejects with all that it wrote. */
export async function runNode(
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<string> {
  try {
    return (await promisify(execFile)(process.execPath, args, options)).stdout;
  } catch (error) {
    const { message, stdout } = error as Error & { stdout: string };
    throw new Error(`${message}\n${stdout}`, { cause: error });
  }
}

/** What shims of package managers are written with. */
const programs = ['sh', 'basename', 'dirname', 'sed', 'uname'];

/** The environment of somebody who has node, and nothing to compile with: no settings, no caches, none of what runs these tests. */
export function freshEnvironment(t: TestContext): NodeJS.ProcessEnv {
  const home = temporaryDirectory(t);
  const bin = path.join(home, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, path.join(bin, 'node'));
  for (const program of programs) symlinkSync(`/usr/bin/${program}`, path.join(bin, program));
  const runtime = path.join(home, 'run');
  mkdirSync(runtime, { mode: 0o700 });
  const inherited = Object.keys(process.env).map((name) => [name, undefined]);
  return {
    ...(Object.fromEntries(inherited) as NodeJS.ProcessEnv),
    HOME: home,
    PATH: bin,
    XDG_RUNTIME_DIR: runtime,
  };
}
