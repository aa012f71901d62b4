import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BatonError } from '../errors.js';
import { readValue, type Given, type Layer } from './layer.js';
import { nearest } from './nearest.js';
import { settingKeys, settings, type SettingKey, type SettingValues } from './settings.js';

const fileNames = ['baton.config.js', 'baton.config.mjs', 'baton.config.json'];

/** The configuration file of a directory, if it has one. Throws BATON_CONFIG_AMBIGUOUS if it has several. */
export function findConfigFile(directory: string): string | undefined {
  const [found, ...others] = fileNames.filter((name) => existsSync(path.join(directory, name)));
  if (found === undefined) return undefined;
  if (others.length > 0) throw new BatonError('BATON_CONFIG_AMBIGUOUS', [[found, ...others].join(', ')]);
  return path.join(directory, found);
}

/**
 * Reads a configuration file, whose paths are relative to its directory. Throws BATON_CONFIG_FILE, BATON_UNKNOWN_SETTING or
 * BATON_INVALID_OPTION, which name the file as seen from `cwd`.
 */
export async function readConfigFile(file: string, cwd: string): Promise<Layer> {
  const shown = path.relative(cwd, file).startsWith('..') ? file : path.relative(cwd, file);
  const content = path.extname(file) === '.json' ? await readJson(file, shown) : await runModule(file, shown);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new BatonError('BATON_CONFIG_FILE', [shown, 'must give an object of settings.']);
  }
  const layer = new Map<SettingKey, Given>();
  for (const [key, given] of Object.entries(content)) {
    if (given === undefined || (key === '$schema' && path.extname(file) === '.json')) continue;
    if (!isSettingKey(key)) throw unknown(key, shown);
    const value = relativeTo(path.dirname(file), cwd, key, readValue(key, `${key} in ${shown}`, given));
    layer.set(key, { value, source: shown });
  }
  return layer;
}

async function readJson(file: string, shown: string): Promise<unknown> {
  if (!existsSync(file)) throw missing(shown);
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new BatonError('BATON_CONFIG_FILE', [shown, `cannot be read: ${String(cause)}`], cause);
  }
}

async function runModule(file: string, shown: string): Promise<unknown> {
  if (!['.js', '.mjs'].includes(path.extname(file))) {
    throw new BatonError('BATON_CONFIG_FILE', [shown, 'must end in .js, .mjs or .json.']);
  }
  if (!existsSync(file)) throw missing(shown);
  try {
    const { default: exported } = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return typeof exported === 'function' ? await (exported as () => unknown)() : exported;
  } catch (cause) {
    throw new BatonError('BATON_CONFIG_FILE', [shown, `fails: ${ownStack(cause)}`], cause);
  }
}

function missing(shown: string): BatonError {
  return new BatonError('BATON_CONFIG_FILE', [shown, 'does not exist.']);
}

/** Where it was thrown, without the way from here to there. */
function ownStack(thrown: unknown): string {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return String(thrown);
  const lines = thrown.stack.split('\n');
  const end = lines.findIndex((line) => /^ +at .*node:internal/.test(line) || line.includes(import.meta.url));
  return lines.slice(0, end === -1 ? undefined : end).join('\n');
}

function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settings, key);
}

function unknown(key: string, shown: string): BatonError {
  const near = nearest(key, settingKeys);
  const remedy = near === undefined ? `Known: ${settingKeys.join(', ')}.` : `Did you mean ${near}?`;
  return new BatonError('BATON_UNKNOWN_SETTING', [JSON.stringify(key), shown, remedy]);
}

/** What the working directory's own file says stays as it is written, for people to read it again. */
function relativeTo(
  directory: string,
  cwd: string,
  key: SettingKey,
  value: SettingValues[SettingKey],
): SettingValues[SettingKey] {
  if (path.relative(directory, cwd) === '') return value;
  return settings[key].kind.from?.(directory, value as never) ?? value;
}
