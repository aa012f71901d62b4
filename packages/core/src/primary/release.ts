import { existsSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { throwIfHidden } from '../access.js';
import { BatonError } from '../errors.js';
import type { ResolvedOptions } from '../options.js';
import { pinned, type Place } from '../working-directory.js';

/** What workers are started with. */
export const workerOptionNames = [
  'app',
  'args',
  'import',
  'require',
  'execArgv',
  'env',
  'cwd',
  'waitReady',
  'requestMetrics',
  'metricsIntervalMs',
] as const satisfies readonly (keyof ResolvedOptions)[];
export type WorkerOptions = Pick<ResolvedOptions, (typeof workerOptionNames)[number]>;

/** What all workers of a reload are started from, looked up once. */
export interface Release extends Place {
  /** Of the reload that took it; 1 at the start. */
  readonly generation: number;
  readonly options: WorkerOptions;
  /** The app's file, whatever becomes of the links on the way to it. */
  readonly app: string;
  /** What stands before the app on the command line of node, behind Baton's own preload. */
  readonly nodeArguments: readonly string[];
}

/** What a worker is started as. One that is recycled is of the same release as the one before, and of a generation of its own. */
export interface Version {
  readonly generation: number;
  readonly release: Release;
}

/** Throws BATON_APP_NOT_FOUND or BATON_NO_ACCESS. */
export function releaseOf(options: WorkerOptions, place: Place, generation: number): Release {
  const app = fileOf(options.app, place);
  checkApp(app, options);
  const { execArgv, require: required, import: imported } = options;
  const nodeArguments = [
    ...execArgv.map((argument) => pinnedArgument(argument, place)),
    ...required.flatMap((module) => ['--require', pinnedModule(module, place)]),
    ...imported.flatMap((module) => ['--import', pinnedModule(module, place)]),
  ];
  return { ...place, generation, options, app, nodeArguments };
}

/** Looks for the app as node does, so that a wrong path is told before any process is started. */
function checkApp(file: string, { app, cwd }: WorkerOptions): void {
  if (isFound(file)) return;
  throwIfHidden('app', file);
  throw new BatonError('BATON_APP_NOT_FOUND', [app, cwd]);
}

/** Whether there is a file that node would find by this name. */
export function isApp(app: string, place: Place): boolean {
  return isFound(fileOf(app, place));
}

function fileOf(app: string, place: Place): string {
  return pinned(path.resolve(place.directory, app), place);
}

function isFound(file: string): boolean {
  try {
    // Node remembers where it has found a file, and does not look again.
    return existsSync(module.createRequire(file).resolve(file));
  } catch {
    return false;
  }
}

/** All else is relative to the workers' directory, or found by its name from there. */
function pinnedModule(module: string, place: Place): string {
  if (path.isAbsolute(module)) return pinned(module, place);
  if (!module.startsWith('file:///')) return module;
  return pathToFileURL(pinned(fileURLToPath(module), place)).href;
}

/** An option of node, or a value of one: `--env-file=/srv/current/.env`. */
function pinnedArgument(argument: string, place: Place): string {
  const [, option = '', value = ''] = /^(--[a-z-]+=)?(.*)$/s.exec(argument) ?? [];
  return `${option}${pinnedModule(value, place)}`;
}
