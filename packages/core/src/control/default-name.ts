import { readFileSync } from 'node:fs';
import path from 'node:path';
import { mostNameLength } from './name.js';

/** The name of the nearest package.json at or above `cwd`, or that of the directory, as far as it can be a primary's name. */
export function defaultName(cwd: string): string {
  const name = nearestPackageName(cwd) ?? path.basename(cwd);
  const clean = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^[^A-Za-z0-9]+|-+$/g, '');
  return clean.slice(0, mostNameLength) || 'app';
}

function nearestPackageName(directory: string): string | undefined {
  const name = packageName(path.join(directory, 'package.json'));
  const parent = path.dirname(directory);
  return name ?? (parent === directory ? undefined : nearestPackageName(parent));
}

function packageName(file: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    // None here, or one that is no package: not ours to judge.
    return undefined;
  }
}
