import path from 'node:path';
import { BatonError } from '../errors.js';
import { socketName } from '../option-checks.js';

/** The most bytes that sockaddr_un has for a path, with a null behind it (unix(7)). */
export const mostPathBytes = 107;

/** Where the primary of that name listens. Throws BATON_CONTROL_PATH, or BATON_INVALID_OPTION. */
export function socketPath(directory: string, name: string): string {
  const file = path.join(directory, `${socketName('name', name)}.sock`);
  const bytes = Buffer.byteLength(file);
  if (bytes > mostPathBytes) throw new BatonError('BATON_CONTROL_PATH', [file, bytes, mostPathBytes]);
  return file;
}

/** What that primary has locked, and where it says who it is. */
export function lockPath(directory: string, name: string): string {
  return path.join(directory, `${name}.lock`);
}
