import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from './json.js';

interface Package {
  directory: string;
  /** As its package.json has it. */
  name: string | undefined;
}

/** The package that a directory is in: that of the nearest package.json at or above it. */
export function nearestPackage(start: string): Package | undefined {
  for (let directory = path.resolve(start); ; directory = path.dirname(directory)) {
    const content = readIfThere(path.join(directory, 'package.json'));
    if (content !== undefined) return { directory, name: nameIn(content) };
    if (directory === path.dirname(directory)) return undefined;
  }
}

/** Where that package is; the directory itself where it is in none. */
export function packageDirectory(directory: string): string {
  return nearestPackage(directory)?.directory ?? path.resolve(directory);
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
