import { existsSync } from 'node:fs';
import path from 'node:path';
import { throwIfHidden } from '../access.js';
import { BatonError } from '../errors.js';
import { withoutProgram } from '../exec-argv.js';
import { directoryPath, invalid } from '../option-checks.js';
import type { PrimaryOptions } from '../options.js';
import { lookUp, unpinned, type Place } from '../working-directory.js';
import { defaultName } from './default-name.js';
import { configVariable, cwdVariable, readEnvironment, readPlatform } from './environment.js';
import { findConfigFile, readConfigFile } from './file.js';
import { readFlags, type Flags } from './flags.js';
import type { Layer } from './layer.js';
import { settingKeys, settings, type SettingKey, type SettingValues } from './settings.js';

/** Where settings are looked for beside the flags. */
export interface Surroundings {
  /** The variables that stand for settings are looked for here. */
  env: Readonly<NodeJS.ProcessEnv>;
  /** The working directory, by the path that people know. */
  cwd: string;
  /** The environment of workers, but for what the configuration file sets. Default: `env`. */
  workerEnv?: Readonly<NodeJS.ProcessEnv>;
  /** Where `--cwd`, or else `cwd`, has led. It is looked up where this is missing. */
  place?: Place;
  /** When nobody waits for the settings any more. */
  signal?: AbortSignal;
}

/** What concerns the command, not a primary. */
export type CommandSettings = Pick<SettingValues, 'watch' | 'watchPaths' | 'control' | 'logFormat'>;

export interface Settings {
  /** All but `app` where none was given. */
  options: Omit<PrimaryOptions, 'app'> & { app?: string };
  command: CommandSettings;
  /** Where the value of each comes from: `flag --workers`, `env BATON_WORKERS`, `baton.config.json`, `default`. */
  sources: Readonly<Record<SettingKey, string>>;
  /** The configuration file, if there is one. */
  file: string | undefined;
  /** Where the workers run. */
  place: Place;
  /** The environment of the workers. */
  workerEnv: Readonly<NodeJS.ProcessEnv>;
}

/** Like {@link readSettings}, for what needs an app. Throws BATON_NO_APP too. */
export async function loadSettings(
  flags: Flags,
  surroundings: Surroundings,
): Promise<Settings & { options: PrimaryOptions }> {
  const { options, ...rest } = await readSettings(flags, surroundings);
  const { app } = options;
  if (app === undefined) throw new BatonError('BATON_NO_APP', []);
  return { ...rest, options: { ...options, app } };
}

/**
 * Flags before `BATON_…` variables before the configuration file before WEB_CONCURRENCY before defaults. Throws
 * BATON_INVALID_OPTION, BATON_UNKNOWN_SETTING, BATON_CONFIG_FILE, BATON_CONFIG_AMBIGUOUS, BATON_NO_DIRECTORY or BATON_NO_ACCESS.
 */
export async function readSettings(flags: Flags, surroundings: Surroundings): Promise<Settings> {
  const { env, workerEnv = env, signal } = surroundings;
  const named = flags.cwd === undefined ? env[cwdVariable] || '.' : directoryPath('--cwd', flags.cwd);
  const cwd = path.resolve(surroundings.cwd, named);
  const { place = lookUp(cwd) } = surroundings;
  if (flags.config === '') throw invalid('--config', 'the path of a file', '');
  const file = configFileIn(place, flags.config ?? (env[configVariable] || undefined));
  const { layer: fromFile, env: filedEnv } =
    file === undefined
      ? { layer: new Map() as Layer, env: workerEnv }
      : await readConfigFile(file, { place, env: { ...workerEnv, PWD: cwd }, signal });
  const given = new Map([...readPlatform(env), ...fromFile, ...readEnvironment(env), ...readFlags(flags)]);
  const isWatching = given.get('watch')?.value === true;
  const layer = new Map([...(isWatching ? watchDefaults() : []), ...given]);
  const {
    watch = false,
    watchPaths = [],
    control = true,
    logFormat = 'text',
    name,
    execArgv,
    ...options
  } = valuesOf(layer);
  const sources = sourcesOf(layer);
  // At a reload they may be gone, which is no reason to keep the old version.
  if (surroundings.place === undefined) checkWatchPaths(watchPaths, cwd, sources.watchPaths);
  return {
    options: {
      ...options,
      // Node takes the last of two that contradict one another.
      ...(execArgv && { execArgv: [...withoutProgram(process.execArgv), ...execArgv] }),
      ...(control && (name === undefined ? { defaultName: defaultName(cwd) } : { name })),
    },
    command: { watch, watchPaths: watchPaths.length === 0 ? [cwd] : watchPaths, control, logFormat },
    sources,
    file,
    place,
    workerEnv: filedEnv,
  };
}

function configFileIn(place: Place, named: string | undefined): string | undefined {
  if (named !== undefined) return path.resolve(place.directory, named);
  const found = findConfigFile(place.realDirectory);
  return found && unpinned(found, place);
}

/** What is not there cannot be watched. Throws BATON_INVALID_OPTION or BATON_NO_ACCESS. */
function checkWatchPaths(watchPaths: readonly string[], cwd: string, source: string): void {
  for (const watched of watchPaths) {
    const file = path.resolve(cwd, watched);
    throwIfHidden('path to watch', file);
    if (existsSync(file)) continue;
    const name = /^(flag|env) /.test(source) ? source.replace(/^\w+ /, '') : `watchPaths in ${source}`;
    throw invalid(name, `files and directories that exist, relative to ${cwd}`, watched);
  }
}

function watchDefaults(): Layer {
  const source = 'default with --watch';
  return new Map(
    settingKeys.flatMap((key) => {
      const value = settings[key].watchDefault;
      return value === undefined ? [] : [[key, { value, source }]];
    }),
  );
}

function valuesOf(layer: Layer): Partial<SettingValues> {
  return Object.fromEntries([...layer].map(([key, { value }]) => [key, value]));
}

function sourcesOf(layer: Layer): Record<SettingKey, string> {
  const entries = settingKeys.map((key) => [key, layer.get(key)?.source ?? 'default']);
  return Object.fromEntries(entries) as Record<SettingKey, string>;
}
