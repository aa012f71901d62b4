import path from 'node:path';
import { BatonError } from '../errors.js';
import type { PrimaryOptions } from '../options.js';
import { defaultName } from './default-name.js';
import { configVariable, readEnvironment, readPlatform } from './environment.js';
import { findConfigFile, readConfigFile } from './file.js';
import { readFlags, type Flags } from './flags.js';
import type { Layer } from './layer.js';
import { settingKeys, settings, type SettingKey, type SettingValues } from './settings.js';

/** Where settings are looked for beside the flags. */
export interface Surroundings {
  env: Readonly<NodeJS.ProcessEnv>;
  cwd: string;
}

/** What concerns the command, not a primary. */
export type CommandSettings = Pick<SettingValues, 'watch' | 'watchPaths' | 'control'>;

export interface Settings {
  /** All but `app` where none was given. */
  options: Omit<PrimaryOptions, 'app'> & { app?: string };
  command: CommandSettings;
  /** Where the value of each comes from: `flag --workers`, `env BATON_WORKERS`, `baton.config.json`, `default`. */
  sources: Readonly<Record<SettingKey, string>>;
  /** The configuration file, if there is one. */
  file: string | undefined;
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
 * BATON_INVALID_OPTION, BATON_UNKNOWN_SETTING, BATON_CONFIG_FILE or BATON_CONFIG_AMBIGUOUS.
 */
export async function readSettings(flags: Flags, { env, cwd }: Surroundings): Promise<Settings> {
  const named = flags.config ?? (env[configVariable] || undefined);
  const file = named === undefined ? findConfigFile(cwd) : path.resolve(cwd, named);
  const fromFile: Layer = file === undefined ? new Map() : await readConfigFile(file, cwd);
  const given = new Map([...readPlatform(env), ...fromFile, ...readEnvironment(env), ...readFlags(flags)]);
  const isWatching = given.get('watch')?.value === true;
  const layer = new Map([...(isWatching ? watchDefaults() : []), ...given]);
  const {
    watch = false,
    watchPaths = [],
    control = true,
    name = defaultName(cwd),
    ...options
  } = valuesOf(layer);
  return {
    options: { ...options, ...(control ? { name } : {}) },
    command: { watch, watchPaths: watchPaths.length === 0 ? [cwd] : watchPaths, control },
    sources: sourcesOf(layer),
    file,
  };
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
