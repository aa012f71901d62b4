import {
  chmodSync,
  chownSync,
  closeSync,
  constants as fsConstants,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import type { ListenQuery } from '../channel/messages.js';
import { mostPathBytes } from '../control/name.js';
import { BatonError } from '../errors.js';
import { errnoName, type Errno, type Native, type NativeSocket } from '../native.js';
import { asidePath, freePath } from './free-path.js';
import { SocketFile } from './socket-file.js';

const { EACCES, EADDRINUSE, EEXIST, EINVAL, ENAMETOOLONG, ENOENT } = constants.errno;

/** How libuv reports bind(2)'s errors for a path, on every system; apps know these codes. */
const pathErrors = new Map([
  [ENOENT, EACCES],
  [ENAMETOOLONG, EINVAL],
  [EEXIST, EADDRINUSE], // of link(2), where bind(2) says the latter
]);

/** How often a path that others use and leave all the time is tried. */
const mostTries = 5;

/** A socket of ours that clients have found by the path. */
export interface PathBefore {
  file: SocketFile;
  /** Whether the path leads to it, or to one before it, now. */
  isThere: boolean;
}

/**
 * Binds a socket to a path of the file system, where its directory is now, and lets it listen. The path leads to it only then, since
 * others take one that does not listen for dead; to one of ours `before` until then. What the app has made of that one's mode and
 * owner stays. Returns an errno as Node itself would have met.
 */
export function bindPath(
  native: Native,
  query: ListenQuery,
  backlog: number,
  before?: PathBefore,
): { socket: NativeSocket; file: SocketFile } | Errno {
  let socket: NativeSocket | undefined;
  let file: SocketFile | undefined;
  let aside = '';
  try {
    const final = path.join(realpathSync(path.dirname(query.address)), path.basename(query.address));
    aside = asidePath(final);
    socket = orThrow(bindFile(native, aside));
    file = new SocketFile(aside);
    if (before) copyPermissions(aside, before.file, file);
    else allow(aside, file, query);
    orThrow(socket.listen(backlog));
    if (before?.isThere) renameSync(aside, final);
    else moveToFree(native, aside, final);
    file.movedTo(final);
    return { socket, file };
  } catch (error) {
    if (socket) rmSync(aside, { force: true });
    socket?.close();
    file?.close();
    const errno = -((error as NodeJS.ErrnoException).errno ?? -EINVAL);
    return pathErrors.get(errno) ?? errno;
  }
}

/** What a native function has made, unless it is an errno other than 0. */
function orThrow<T>(result: T | Errno): T {
  if (typeof result === 'number' && result !== 0)
    throw Object.assign(new Error(errnoName(result)), { errno: -result });
  return result as T;
}

/** A socket's path is limited (unix(7)); by a descriptor of its directory it is shorter, wherever that is. */
function bindFile(native: Native, file: string): NativeSocket | Errno {
  if (Buffer.byteLength(file) <= mostPathBytes) return native.bindUnix(file);
  const directory = openSync(path.dirname(file), fsConstants.O_RDONLY | fsConstants.O_DIRECTORY);
  try {
    return native.bindUnix(`/proc/self/fd/${directory}/${path.basename(file)}`);
  } finally {
    closeSync(directory);
  }
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

function allow(file: string, { stats }: SocketFile, { readableAll, writableAll }: ListenQuery): void {
  if (!readableAll && !writableAll) return;
  chmodSync(file, stats.mode | (readableAll ? 0o444 : 0) | (writableAll ? 0o222 : 0));
}

/** An owner that this process may not give is told of: the app is to be reached all the same. */
function copyPermissions(file: string, { stats: before }: SocketFile, { stats }: SocketFile): void {
  chmodSync(file, before.mode & 0o7777);
  if (before.uid === stats.uid && before.gid === stats.gid) return;
  try {
    chownSync(file, before.uid, before.gid);
  } catch (error) {
    const { code = '?' } = error as NodeJS.ErrnoException;
    const action = `give ${file} to user ${before.uid} and group ${before.gid}, as it was before`;
    process.emitWarning(new BatonError('BATON_SYSTEM_CALL', [action, code], error));
  }
}
