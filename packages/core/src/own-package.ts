import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BatonError } from './errors.js';
import { parseJson } from './json.js';

const name = '@baton/core';

/** The directory of this package; empty where a bundler has put this code into a file of its own, apart from the others of the package. */
export const ownDirectory = findOwnDirectory();

/** Throws BATON_BUNDLED. */
export function checkIsWhole(): void {
  if (ownDirectory === '') throw new BatonError('BATON_BUNDLED', []);
}

/** A file of this package, as it is now: it may be gone later, with the release that it was a part of. In a bundle there is none. */
export function readOwnFile(file: string): string {
  return ownDirectory === '' ? '' : readFileSync(path.join(ownDirectory, file), 'utf8');
}

function findOwnDirectory(): string {
  // Bundlers that make CommonJS leave it empty.
  const { url } = import.meta as { url?: string };
  if (url === undefined) return '';
  const directory = fileURLToPath(new URL('..', url)).replace(/\/$/, '');
  return nameIn(path.join(directory, 'package.json')) === name ? directory : '';
}

function nameIn(manifest: string): unknown {
  try {
    return (parseJson(readFileSync(manifest, 'utf8')) as { name?: unknown }).name;
  } catch {
    return undefined; // not there, or not one of npm's
  }
}
