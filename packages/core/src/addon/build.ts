import { spawnSync, type StdioOptions } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { BatonError } from '../errors.js';
import { findBuildTools, type BuildTools, type Missing } from './build-tools.js';
import { native } from './load.js';
import { describeMachine, isSupported } from './machine.js';

/** Where the build is; it is looked for before a prebuilt one. */
const built = path.join(native, 'build/Release/baton.node');

/**
 * Compiles the addon of this package with node-gyp, and sees that this node loads it. `directories`: from where node-gyp and node-addon-api are
 * looked for. `onStart`: all is there, and it begins. Returns its file. Throws BATON_ADDON_NOT_BUILT, and leaves no build then.
 */
export function buildAddon(
  directories: readonly string[],
  env: NodeJS.ProcessEnv,
  onStart: () => void = () => {},
): string {
  if (!isSupported)
    throw notBuilt(`This is ${describeMachine()}.`, 'Baton runs workers only on Linux, x64 and arm64.');
  const tools = findBuildTools(native, directories, env);
  if (Array.isArray(tools)) throw new BatonError('BATON_ADDON_NOT_BUILT', describeMissing(tools));
  const headers = headerOptions(env);
  onStart();
  try {
    compile(tools, headers, env);
    checkThatItLoads(env);
  } catch (error) {
    // It would be found before a prebuilt one.
    rmSync(path.join(native, 'build'), { recursive: true, force: true });
    throw error;
  }
  return built;
}

function compile({ nodeGyp, modules }: BuildTools, headers: string[], env: NodeJS.ProcessEnv): void {
  const args = [nodeGyp, 'rebuild', '--jobs=max', '--loglevel=warn', ...headers, '-C', native];
  const programs = path.dirname(process.execPath);
  const { status } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'inherit'] satisfies StdioOptions,
    env: {
      ...env,
      // binding.gyp calls `node`, which is to find node-addon-api.
      PATH: `${programs}${path.delimiter}${env['PATH'] ?? ''}`,
      NODE_PATH: [modules, env['NODE_PATH']].filter(Boolean).join(path.delimiter),
    },
  });
  if (status === 0) return;
  const hint =
    headers.length > 0 || env['npm_config_nodedir']
      ? ''
      : ` The headers of Node ${process.version} are not next to ${process.execPath}, so node-gyp downloads them. If it cannot, set ` +
        'npm_config_nodedir to a directory that contains them in include/node.';
  throw notBuilt('node-gyp failed; its output is above.', `Fix what it reports, then try again.${hint}`);
}

/** Headers beside the running node spare node-gyp a download, and are of the right version. */
function headerOptions(env: NodeJS.ProcessEnv): string[] {
  const prefix = headersPrefix();
  return prefix !== undefined && !env['npm_config_nodedir'] ? [`--nodedir=${prefix}`] : [];
}

/** The folder that has `include/node` of the running Node, if it came with headers. */
export function headersPrefix(): string | undefined {
  const prefix = path.resolve(path.dirname(process.execPath), '..');
  return existsSync(path.join(prefix, 'include/node/node_api.h')) ? prefix : undefined;
}

/** In a process of its own, which an addon that is broken may end. */
function checkThatItLoads(env: NodeJS.ProcessEnv): void {
  const { status, stderr, signal } = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', built], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status === 0) return;
  const [said = `it ended by ${signal}`] = /^\w*Error: .*$/m.exec(stderr) ?? [];
  throw notBuilt(`${built} was compiled, but does not load: ${said}.`, 'It was removed.');
}

function describeMissing(missing: readonly Missing[]): [string, string] {
  const remedies = [...new Set(missing.map(({ remedy }) => remedy))].map((remedy) => {
    const which = missing.filter((one) => one.remedy === remedy).map(({ what }) => what);
    return `for ${which.join(', ')}: ${remedy}`;
  });
  return [`Missing: ${missing.map(({ what }) => what).join(', ')}.`, `What to do: ${remedies.join('; ')}.`];
}

function notBuilt(why: string, remedy: string): BatonError {
  return new BatonError('BATON_ADDON_NOT_BUILT', [why, remedy]);
}
