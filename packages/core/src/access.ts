import { statSync } from 'node:fs';
import { BatonError } from './errors.js';

/**
 * Throws BATON_NO_ACCESS where it cannot be known whether a file is there, since something on the way to it keeps this process out. `what`
 * it is, for people.
 */
export function throwIfHidden(what: string, file: string): void {
  try {
    statSync(file);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw new BatonError('BATON_NO_ACCESS', [what, file, code], cause);
  }
}
