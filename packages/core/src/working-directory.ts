import { existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { throwIfHidden } from './access.js';
import { BatonError } from './errors.js';

/**
 * A directory that may be reached by a symbolic link, such as that of a deployment: `current -> releases/7`, and tomorrow
 * `current -> releases/8`.
 */
export interface Place {
  /** The path by which people know it. */
  readonly directory: string;
  /** Where that led when it was looked up, without symbolic links. */
  readonly realDirectory: string;
}

/**
 * The working directory of this process as the shell knows it: $PWD, where that leads to the same place. getcwd(2) knows no links. As
 * `pwd -L` of POSIX does, it takes no $PWD with `.` or `..` in it. Where the working directory has been deleted, $PWD is all that is known.
 * Throws BATON_NO_WORKING_DIRECTORY.
 */
export function logicalDirectory(pwd: string = process.env['PWD'] ?? ''): string {
  const isPlain = path.isAbsolute(pwd) && !/\/\.{1,2}(\/|$)/.test(pwd);
  try {
    const here = process.cwd();
    return isPlain && isSameDirectory(pwd, here) ? path.resolve(pwd) : here;
  } catch (error) {
    if (isPlain && existsSync(pwd)) return path.resolve(pwd);
    throw new BatonError('BATON_NO_WORKING_DIRECTORY', [], error);
  }
}

/** Looks the directory up. Throws BATON_NO_DIRECTORY or BATON_NO_ACCESS. */
export function lookUp(directory: string): Place {
  let cause: unknown;
  try {
    const realDirectory = realpathSync(directory);
    if (statSync(realDirectory).isDirectory()) return { directory, realDirectory };
  } catch (error) {
    cause = error;
  }
  throwIfHidden('directory', directory);
  throw new BatonError('BATON_NO_DIRECTORY', [directory], cause);
}

/**
 * The same file, whatever becomes of the links on the way to it: one in the place as it was when that was looked up; another as it is
 * now. A link of that name itself stays one.
 */
export function pinned(file: string, { directory, realDirectory }: Place): string {
  const inside = relativeInside(directory, file);
  if (inside !== undefined && directory !== realDirectory) return path.join(realDirectory, inside);
  try {
    return path.join(realpathSync(path.dirname(file)), path.basename(file));
  } catch {
    return file; // whoever opens it says that it is not there
  }
}

/** The path by which people know a file of the place: it stays the same where the place moves. */
export function unpinned(file: string, { directory, realDirectory }: Place): string {
  const inside = relativeInside(realDirectory, file);
  return inside === undefined ? file : path.join(directory, inside);
}

/** Undefined if the file is not in the directory. */
export function relativeInside(directory: string, file: string): string | undefined {
  const relative = path.relative(directory, file);
  return relative === '..' || relative.startsWith(`..${path.sep}`) ? undefined : relative;
}

/** Whether two paths lead to one directory, now; two that are the same do, even where there is none. */
export function isSameDirectory(one: string, other: string): boolean {
  if (one === other) return true;
  try {
    const [first, second] = [statSync(one), statSync(other)];
    return first.dev === second.dev && first.ino === second.ino;
  } catch {
    return false;
  }
}
