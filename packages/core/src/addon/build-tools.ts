import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** What the addon is compiled with. */
export interface BuildTools {
  /** The program of node-gyp. */
  nodeGyp: string;
  /** The `node_modules` in which node-addon-api is. */
  modules: string;
}

/** Something that is not there, and how to get it. */
export interface Missing {
  what: string;
  remedy: string;
}

/** node-gyp 13 does not run on Node 20, and 12 does not know Node 26. */
const nodeGypVersion = Number(process.versions.node.split('.')[0]) >= 26 ? 13 : 12;

const packages = `"npm i -D node-gyp@${nodeGypVersion} node-addon-api" in the app's directory`;
const programs =
  '"apt-get install python3 make g++" on Debian and Ubuntu, "apk add python3 make g++" on Alpine, ' +
  '"dnf install python3 make gcc-c++" on Fedora and RHEL';

/** Looks for all of it, the packages from these directories on upwards. `native`: what is to be built. */
export function findBuildTools(
  native: string,
  directories: readonly string[],
  env: NodeJS.ProcessEnv,
): BuildTools | Missing[] {
  const nodeGyp = findPackage('node-gyp', directories);
  const nodeAddonApi = findPackage('node-addon-api', directories);
  const missing = [
    ...(nodeGyp === undefined ? [{ what: 'node-gyp', remedy: packages }] : []),
    ...(nodeAddonApi === undefined ? [{ what: 'node-addon-api', remedy: packages }] : []),
    ...(hasPython(env) ? [] : [{ what: 'python3', remedy: programs }]),
    ...(runs(env['MAKE'] || 'make', ['--version'], env) ? [] : [{ what: 'make', remedy: programs }]),
    ...(hasCompiler(env) ? [] : [{ what: 'C++17 compiler', remedy: programs }]),
    ...(isWritable(native)
      ? []
      : [{ what: `permission to write in ${native}`, remedy: 'run this as the user who installed it' }]),
  ];
  if (nodeGyp === undefined || nodeAddonApi === undefined || missing.length > 0) return missing;
  return { nodeGyp: programOf(nodeGyp), modules: path.dirname(nodeAddonApi) };
}

/** The directory of an installed package. */
function findPackage(name: string, directories: readonly string[]): string | undefined {
  for (const directory of directories) {
    try {
      return path.dirname(
        createRequire(path.join(directory, 'package.json')).resolve(`${name}/package.json`),
      );
    } catch {
      // It may be found from the next.
    }
  }
  return undefined;
}

function programOf(nodeGyp: string): string {
  const manifest = readFileSync(path.join(nodeGyp, 'package.json'), 'utf8');
  const { bin } = JSON.parse(manifest) as { bin: string | Record<string, string> };
  return path.join(nodeGyp, typeof bin === 'string' ? bin : (bin['node-gyp'] ?? 'bin/node-gyp.js'));
}

/** Where node-gyp looks for it. */
function hasPython(env: NodeJS.ProcessEnv): boolean {
  const candidates = [
    env['NODE_GYP_FORCE_PYTHON'],
    env['npm_config_python'],
    env['PYTHON'],
    'python3',
    'python',
  ];
  const isRecent = 'import sys; sys.exit(sys.version_info < (3, 6))';
  return candidates.some((python) => python && runs(python, ['-c', isRecent], env));
}

/** Whether the compiler that make will call knows C++17, and has its library. */
function hasCompiler(env: NodeJS.ProcessEnv): boolean {
  const [compiler = '', ...options] = (env['CXX'] || 'g++').trim().split(/\s+/);
  const args = [...options, '-std=c++17', '-fsyntax-only', '-x', 'c++', '-'];
  return runs(compiler, args, env, '#include <optional>\n#include <sys/socket.h>\nstd::optional<int> one;\n');
}

function runs(program: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ''): boolean {
  return spawnSync(program, args, { env, input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
