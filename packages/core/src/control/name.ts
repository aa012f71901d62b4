import path from 'node:path';
import { BatonError } from '../errors.js';

export const mostNameLength = 64;

/** The most bytes that sockaddr_un has for a path, with a null behind it (unix(7)). */
const mostPathBytes = 107;

/** A name becomes a file's, and people type it. Throws BATON_INVALID_OPTION. */
export function checkName(name: string): string {
  if (
    typeof name === 'string' &&
    /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name) &&
    name.length <= mostNameLength
  )
    return name;
  const expected = `1 to ${mostNameLength} of the characters A-Z a-z 0-9 . _ -, and not a dot first`;
  throw new BatonError('BATON_INVALID_OPTION', ['name', expected, name]);
}

/** Where the primary of that name listens. Throws BATON_CONTROL_PATH, or BATON_INVALID_OPTION. */
export function socketPath(directory: string, name: string): string {
  const file = path.join(directory, `${checkName(name)}.sock`);
  const bytes = Buffer.byteLength(file);
  if (bytes > mostPathBytes) throw new BatonError('BATON_CONTROL_PATH', [file, bytes, mostPathBytes]);
  return file;
}
