import { settings, type SettingKey, type SettingValues } from './settings.js';

/** What one place says of settings: the flags, the environment, the configuration file. */
export type Layer = ReadonlyMap<SettingKey, Given>;

export interface Given {
  value: SettingValues[SettingKey];
  /** Where it was given: `flag --workers`, `env BATON_WORKERS`, `baton.config.json`. */
  source: string;
}

export function readText(key: SettingKey, name: string, text: string): SettingValues[SettingKey] {
  return settings[key].kind.fromText(name, text);
}

export function readTexts(
  key: SettingKey,
  name: string,
  texts: readonly string[],
): SettingValues[SettingKey] {
  const { kind } = settings[key];
  return kind.fromTexts?.(name, texts) ?? kind.fromValue(name, texts);
}

export function readValue(key: SettingKey, name: string, given: unknown): SettingValues[SettingKey] {
  return settings[key].kind.fromValue(name, given);
}
