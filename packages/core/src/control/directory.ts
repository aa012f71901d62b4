import { lstatSync, mkdirSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BatonError } from '../errors.js';

/**
 * The directory of this user's control sockets: `$XDG_RUNTIME_DIR/baton`, else `baton-<uid>` in the directory for temporary files. A
 * relative XDG_RUNTIME_DIR counts as none, as its specification says (XDG Base Directory).
 */
export function controlDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && path.isAbsolute(runtime)) return path.join(runtime, 'baton');
  return path.join(os.tmpdir(), `baton-${userId()}`);
}

/** Makes the directory if there is none. Throws BATON_CONTROL_DIRECTORY, or BATON_CONTROL_UNTRUSTED. */
export function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (cause) {
    const { code = 'error' } = cause as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new BatonError('BATON_CONTROL_DIRECTORY', [directory, code], cause);
  }
  checkDirectory(directory);
}

/**
 * False if there is no such directory. Throws BATON_CONTROL_UNTRUSTED if another user could have put something there: in a directory
 * that all may write, such as /tmp, anyone can make one of any name first.
 */
export function checkDirectory(directory: string): boolean {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (found === undefined) return false;
  const mode = found.mode & 0o7777;
  if (found.isSymbolicLink()) throw untrusted(directory, 'is a symbolic link');
  if (!found.isDirectory()) throw untrusted(directory, 'is not a directory');
  if (found.uid !== userId())
    throw untrusted(directory, `belongs to uid ${found.uid}, but Baton runs as uid ${userId()}`);
  if ((mode & 0o077) !== 0)
    throw untrusted(directory, `is open to other users: its mode is ${octal(mode)}, but must be 0700`);
  checkParent(path.dirname(directory));
  return true;
}

/** Whoever may rename what is in the parent may put something else in the directory's place, at any time. */
function checkParent(parent: string): void {
  const { uid, mode } = statSync(parent);
  if (uid !== userId() && uid !== 0)
    throw untrusted(parent, `belongs to uid ${uid}, but Baton runs as uid ${userId()}`);
  const isSticky = (mode & 0o1000) !== 0;
  if ((mode & 0o022) !== 0 && !isSticky)
    throw untrusted(parent, `is writable by other users: its mode is ${octal(mode & 0o7777)}`);
}

export function userId(): number {
  // Linux has it; the type is for systems that have not.
  return process.geteuid?.() ?? -1;
}

function untrusted(directory: string, why: string): BatonError {
  return new BatonError('BATON_CONTROL_UNTRUSTED', [directory, why]);
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
