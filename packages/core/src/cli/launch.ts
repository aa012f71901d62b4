import { isDeepStrictEqual } from 'node:util';
import type { Flags } from '../config/flags.js';
import { loadSettings, type Settings } from '../config/load.js';
import { settingKeys, type SettingKey } from '../config/settings.js';
import type { PrimaryOptions } from '../options.js';
import { workerOptionNames } from '../primary/release.js';
import type { RenewOptions } from '../primary/releases.js';
import { logicalDirectory, type Place } from '../working-directory.js';
import { setLogFormat } from './say.js';
import { initialEnvironment } from './initial-environment.js';

/** Settings with an app to run. */
export type LoadedSettings = Settings & { options: PrimaryOptions };

/** How a baton command was called, from which its settings are read, at the start and at each reload. */
export class Launch {
  readonly #flags: Flags;
  readonly #env = { ...process.env };
  readonly #workerEnv = initialEnvironment();
  readonly #cwd = logicalDirectory();
  /** Those that are in force but for what concerns the workers, and those that were read last. */
  #inForce: LoadedSettings | undefined;
  #last: LoadedSettings | undefined;

  constructor(flags: Flags) {
    this.#flags = flags;
  }

  /** Reads the settings of a primary that is to be started, and tells all in their format from then on. Throws as `loadSettings`. */
  async load(): Promise<LoadedSettings> {
    const settings = await this.#read({});
    setLogFormat(settings.command.logFormat);
    this.#inForce = settings;
    this.#last = settings;
    return settings;
  }

  /** Reads the settings anew, and warns of those that have changed and that a reload does not put in force. */
  readonly renew: RenewOptions = async (place, signal, warn) => {
    const settings = await this.#read({ place, signal });
    const changed = settingKeys.filter(
      (key) => !isOfWorkers(key) && this.#differs(key, settings, this.#inForce),
    );
    if (changed.some((key) => this.#differs(key, settings, this.#last)))
      warn(`changed settings that take effect only when you restart baton: ${changed.join(', ')}`);
    this.#last = settings;
    return primaryOptions(settings);
  };

  #read(more: { place?: Place; signal?: AbortSignal }): Promise<LoadedSettings> {
    const surroundings = { env: this.#env, cwd: this.#cwd, workerEnv: this.#workerEnv, ...more };
    return loadSettings(this.#flags, surroundings);
  }

  #differs(key: SettingKey, one: LoadedSettings, other: LoadedSettings | undefined): boolean {
    return other !== undefined && !isDeepStrictEqual(valueOf(one, key), valueOf(other, key));
  }
}

/** All that a primary is given. */
export function primaryOptions({ options, command, place, workerEnv }: LoadedSettings): PrimaryOptions {
  // Where programs read the log, they read the app's lines too, as it has written them.
  const prefixOutput = command.logFormat === 'text';
  return { ...options, cwd: place.directory, env: workerEnv, prefixOutput };
}

function isOfWorkers(key: SettingKey): boolean {
  return (workerOptionNames as readonly string[]).includes(key);
}

function valueOf({ options, command }: LoadedSettings, key: SettingKey): unknown {
  return { ...options, ...command }[key];
}
