import { readText, readTexts, readValue, type Given, type Layer } from './layer.js';
import { flagOf, settingKeys, settings, type SettingKey } from './settings.js';

/**
 * What was given on the command line, as it stands there: the text of a flag, the texts of one that may be repeated, true or
 * false of one without a value.
 */
export type Flags = { readonly [Key in SettingKey]?: string | readonly string[] | boolean } & {
  /** The configuration file. */
  readonly config?: string;
  /** The directory of the app. */
  readonly cwd?: string;
};

/** Throws BATON_INVALID_OPTION. */
export function readFlags(flags: Flags): Layer {
  const layer = new Map<SettingKey, Given>();
  for (const key of settingKeys) {
    const given = flags[key];
    if (given === undefined) continue;
    const name = (given === false ? settings[key].offFlag : flagOf(key)) ?? key;
    layer.set(key, {
      value: read(key, name, given),
      source: name === key ? 'argument' : `flag ${name}`,
    });
  }
  return layer;
}

function read(key: SettingKey, name: string, given: NonNullable<Flags[SettingKey]>): Given['value'] {
  if (typeof given === 'boolean') return readValue(key, name, given);
  return typeof given === 'string' ? readText(key, name, given) : readTexts(key, name, given);
}
