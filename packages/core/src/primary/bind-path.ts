import { chmodSync, chownSync, linkSync, renameSync, statSync, unlinkSync, type Stats } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import type { ListenQuery } from '../channel/messages.js';
import { controlDirectory } from '../control/directory.js';
import { BatonError } from '../errors.js';
import type { Errno, Native, NativeSocket } from '../native.js';
import { BoundFile } from './bound-file.js';
import type { FileRights } from './file-rights.js';
import { asideName, freePath } from './free-path.js';
import { HeldDirectory } from './held-directory.js';
import type { SocketFile } from './socket-file.js';
import { systemError } from './system-call.js';

const { EACCES, EADDRINUSE, EEXIST, EINVAL, ENAMETOOLONG, ENOENT } = constants.errno;

/** How libuv reports bind(2)'s errors for a path, on every system; apps know these codes. */
const pathErrors = new Map([
  [ENOENT, EACCES],
  [ENAMETOOLONG, EINVAL],
  [EEXIST, EADDRINUSE], // of link(2), where bind(2) says the latter
]);

/** How often a path that others use and leave all the time is tried. */
const mostTries = 5;

/** The sticky bit, which means nothing for a socket (inode(7)): by it a file is known for the one that was bound a moment ago. */
const mark = 0o1000;

/** A socket of ours that clients have found by the path. */
export interface PathBefore {
  file: SocketFile;
  /** Whether the path leads to it, or to one before it, now. */
  isThere: boolean;
}

interface Task {
  native: Native;
  query: ListenQuery;
  backlog: number;
  rights: FileRights;
  before: PathBefore | undefined;
}

/**
 * Binds a socket to a path of the file system, where its directory is now, and lets it listen; all of that with the rights of whoever
 * asks. The path leads to it only then, since others take one that does not listen for dead; to one of ours `before` until then. What
 * the app has made of that one's mode and owner stays. Returns an errno as Node itself would have met; EACCES in the directory of the
 * control sockets.
 */
export function bindPath(
  native: Native,
  query: ListenQuery,
  backlog: number,
  rights: FileRights,
  before?: PathBefore,
): { socket: NativeSocket; file: BoundFile } | Errno {
  try {
    const control = statControl();
    return rights.run(() => {
      const directory = new HeldDirectory(path.dirname(query.address));
      try {
        if (control && directory.is(control)) throw systemError(EACCES);
        return bindIn(directory, { native, query, backlog, rights, before });
      } catch (error) {
        directory.close();
        throw error;
      }
    });
  } catch (error) {
    const errno = -((error as NodeJS.ErrnoException).errno ?? -EINVAL);
    return pathErrors.get(errno) ?? errno;
  }
}

/** What stat(2) tells of the directory of this user's control sockets. */
function statControl(): Stats | undefined {
  try {
    return statSync(controlDirectory());
  } catch {
    return undefined; // there is none, and so nothing in it
  }
}

/** The file that it returns owns the directory from then on. */
function bindIn(
  directory: HeldDirectory,
  { native, query, backlog, rights, before }: Task,
): { socket: NativeSocket; file: BoundFile } {
  const name = path.basename(query.address);
  const aside = asideName(name);
  const [asidePath, finalPath] = [directory.file(aside), directory.file(name)];
  const isToBeChanged = before !== undefined || query.readableAll || query.writableAll;
  const socket = orThrow(native.bindUnix(asidePath, isToBeChanged ? mark | 0o777 : 0o777));
  let file: BoundFile | undefined;
  try {
    file = new BoundFile(directory, aside, query.address, rights);
    if (isToBeChanged) setPermissions(file, query, before?.file);
    orThrow(socket.listen(backlog));
    if (before?.isThere) renameSync(asidePath, finalPath);
    else moveToFree(native, asidePath, finalPath);
    file.renamed(name);
    return { socket, file };
  } catch (error) {
    removeAside(asidePath);
    socket.close();
    file?.close();
    throw error;
  }
}

function removeAside(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Others have removed it, or put there what is theirs.
  }
}

/** What a native function has made, unless it is an errno other than 0. */
function orThrow<T>(result: T | Errno): T {
  if (typeof result === 'number' && result !== 0) throw systemError(result);
  return result as T;
}

/** rename(2) would replace what is there, whosever that is. */
function moveToFree(native: Native, file: string, to: string): void {
  for (let tries = 1; ; tries++) {
    try {
      linkSync(file, to);
      return unlinkSync(file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST' || tries === mostTries || !freePath(native, to)) throw error;
    }
  }
}

/** By its descriptor: whoever may write in the directory can have put another file in its place. */
function setPermissions(file: BoundFile, query: ListenQuery, before: SocketFile | undefined): void {
  const { stats } = file;
  if (!stats.isSocket() || (stats.mode & mark) === 0) throw systemError(EACCES);
  if (before) return copyPermissions(file, before, query.address);
  const { readableAll, writableAll } = query;
  chmodSync(file.alias, (stats.mode & 0o777) | (readableAll ? 0o444 : 0) | (writableAll ? 0o222 : 0));
}

/** An owner that this process may not give is told of: the app is to be reached all the same. */
function copyPermissions({ alias, stats }: BoundFile, { stats: before }: SocketFile, address: string): void {
  chmodSync(alias, before.mode & 0o7777);
  if (before.uid === stats.uid && before.gid === stats.gid) return;
  try {
    chownSync(alias, before.uid, before.gid);
  } catch (error) {
    const { code = '?' } = error as NodeJS.ErrnoException;
    const action = `give ${address} to user ${before.uid} and group ${before.gid}, as it was before`;
    process.emitWarning(new BatonError('BATON_SYSTEM_CALL', [action, code], error));
  }
}
