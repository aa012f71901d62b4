import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { throwIfHidden } from '../access.js';
import { BatonError } from '../errors.js';
import { parseJson } from '../json.js';
import { pinned, relativeInside, type Place } from '../working-directory.js';
import { readValue, type Given, type Layer } from './layer.js';
import { nearest } from './nearest.js';
import { runModule } from './run-module.js';
import { settingKeys, settings, type SettingKey, type SettingValues } from './settings.js';
import { describeUnstripped } from './type-stripping.js';

const moduleExtensions = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];
const fileNames = [...moduleExtensions, '.json'].map((extension) => `baton.config${extension}`);

/** The configuration file of a directory, if it has one. Throws BATON_CONFIG_AMBIGUOUS if it has several. */
export function findConfigFile(directory: string): string | undefined {
  const [found, ...others] = fileNames.filter((name) => existsSync(path.join(directory, name)));
  if (found === undefined) return undefined;
  if (others.length > 0) throw new BatonError('BATON_CONFIG_AMBIGUOUS', [[found, ...others].join(', ')]);
  return path.join(directory, found);
}

/** Where a configuration file is read. */
export interface FileSurroundings {
  /** The working directory of the app. Errors name the file as seen from there. */
  place: Place;
  /** What the app's workers would have as their environment. */
  env: Readonly<NodeJS.ProcessEnv>;
  /** When nobody waits for it any more. */
  signal?: AbortSignal | undefined;
}

export interface FileContent {
  layer: Layer;
  /** The environment as the file leaves it: as it was, but for what a module sets and deletes. */
  env: Readonly<NodeJS.ProcessEnv>;
}

/**
 * Reads a configuration file, whose paths are relative to its directory. Throws BATON_CONFIG_FILE, BATON_UNKNOWN_SETTING or
 * BATON_INVALID_OPTION.
 */
export async function readConfigFile(file: string, surroundings: FileSurroundings): Promise<FileContent> {
  const { directory } = surroundings.place;
  const shown = relativeInside(directory, file) ?? file;
  const isJson = path.extname(file) === '.json';
  const { content, env } = isJson
    ? { content: await readJson(file, shown, surroundings), env: surroundings.env }
    : await readModule(file, shown, surroundings);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new BatonError('BATON_CONFIG_FILE', [
      shown,
      'must give an object of settings, such as { "app": "app.js" }.',
    ]);
  }
  const layer = new Map<SettingKey, Given>();
  for (const [key, given] of Object.entries(content)) {
    if (given === undefined || (key === '$schema' && isJson)) continue;
    if (!isSettingKey(key)) throw unknown(key, shown);
    const value = relativeTo(path.dirname(file), directory, key, readValue(key, `${key} in ${shown}`, given));
    layer.set(key, { value, source: shown });
  }
  return { layer, env };
}

async function readJson(file: string, shown: string, { place }: FileSurroundings): Promise<unknown> {
  const now = pinned(file, place);
  checkIsThere(now, shown);
  try {
    return parseJson(await readFile(now, 'utf8'));
  } catch (cause) {
    const { message } = cause as Error;
    const problem =
      cause instanceof SyntaxError
        ? `is not valid JSON: ${message.replaceAll(/\s+/g, ' ')}. Correct it there.`
        : `cannot be read: ${message}. Choose another file with --config.`;
    throw new BatonError('BATON_CONFIG_FILE', [shown, problem], cause);
  }
}

async function readModule(
  file: string,
  shown: string,
  { place, env, signal }: FileSurroundings,
): Promise<{ content: unknown; env: Readonly<NodeJS.ProcessEnv> }> {
  if (!moduleExtensions.includes(path.extname(file))) {
    throw new BatonError('BATON_CONFIG_FILE', [
      shown,
      'must end in .js, .mjs, .cjs, .ts, .mts, .cts or .json.',
    ]);
  }
  const now = pinned(file, place);
  checkIsThere(now, shown);
  const answer = await runModule(now, { cwd: place.realDirectory, env, signal });
  if ('content' in answer) return { content: answer.content, env: changed(env, answer) };
  if ('notPlain' in answer)
    throw new BatonError('BATON_CONFIG_FILE', [shown, `must export plain values, not ${answer.notPlain}.`]);
  if ('ended' in answer)
    throw new BatonError('BATON_CONFIG_FILE', [
      shown,
      `gives no settings: its process ended ${answer.ended}. It must export them as its default export, and must not end its process itself.`,
    ]);
  const { thrown, code } = answer;
  const problem = describeUnstripped(file, thrown, code) ?? `fails: ${ownStack(thrown)}`;
  throw new BatonError('BATON_CONFIG_FILE', [shown, problem], thrown);
}

/** What a module did to its environment, done to this one, which lacks what environment files put there. */
function changed(
  env: Readonly<NodeJS.ProcessEnv>,
  { before, after }: { before: NodeJS.ProcessEnv; after: NodeJS.ProcessEnv },
): NodeJS.ProcessEnv {
  const set = Object.entries(after).filter(([name, value]) => before[name] !== value);
  const kept = Object.entries(env).filter(([name]) => !(name in before) || name in after);
  return Object.fromEntries([...kept, ...set]);
}

function checkIsThere(file: string, shown: string): void {
  throwIfHidden('configuration file', file);
  if (!existsSync(file))
    throw new BatonError('BATON_CONFIG_FILE', [
      shown,
      'does not exist. Correct the path in --config or BATON_CONFIG, or leave it out.',
    ]);
}

/** Where it was thrown, without the way from here to there. */
function ownStack(thrown: unknown): string {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return String(thrown);
  const lines = thrown.stack.split('\n');
  const end = lines.findIndex((line) => /^ +at .*(node:internal|\[eval)/.test(line));
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
