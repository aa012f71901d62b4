import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '../json.js';

/** Not a name that a package could have, for the directory `/`. */
const nameless = 'baton';

/**
 * The name of a primary that was given none: `name` of the nearest package.json at or above the directory, else the base name of
 * that package's directory, or of `cwd` where there is no package. `@scope/app` gives `scope-app`.
 */
export function defaultName(cwd: string): string {
  const { directory, name } = nearestPackage(cwd) ?? { directory: cwd, name: undefined };
  return toSocketName(name ?? '') || toSocketName(path.basename(directory)) || nameless;
}

function nearestPackage(start: string): { directory: string; name: string | undefined } | undefined {
  for (let directory = path.resolve(start); ; directory = path.dirname(directory)) {
    const content = readIfThere(path.join(directory, 'package.json'));
    if (content !== undefined) return { directory, name: nameIn(content) };
    if (directory === path.dirname(directory)) return undefined;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // not there, or nothing that we may read
  }
}

function nameIn(content: string): string | undefined {
  try {
    const { name } = parseJson(content) as { name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined; // a broken package.json is for npm and the app to complain of
  }
}

function toSocketName(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, 64);
}
