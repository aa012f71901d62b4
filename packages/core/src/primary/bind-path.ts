import { chmodSync, closeSync, constants as fsConstants, openSync, realpathSync, renameSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import type { ListenQuery } from '../channel/messages.js';
import { mostPathBytes } from '../control/name.js';
import type { Errno, Native, NativeSocket } from '../native.js';
import { SocketFile } from './socket-file.js';

const { EACCES, EINVAL, ENAMETOOLONG, ENOENT } = constants.errno;

/** How libuv reports bind(2)'s errors for a path, on every system; apps know these codes. */
const pathErrors = new Map([
  [ENOENT, EACCES],
  [ENAMETOOLONG, EINVAL],
]);

/**
 * Binds a socket to a path of the file system, where its directory is now. With `replaces`, a socket of ours that is there, the path leads
 * to one of the two all the time. It does not listen yet. Returns an errno as Node itself would have met.
 */
export function bindPath(
  native: Native,
  query: ListenQuery,
  replaces = false,
): { socket: NativeSocket; file: SocketFile } | Errno {
  let socket: NativeSocket | Errno = EINVAL;
  let file: SocketFile | undefined;
  try {
    const final = path.join(realpathSync(path.dirname(query.address)), path.basename(query.address));
    const bound = replaces ? `${final}.${process.pid}` : final;
    socket = bindFile(native, bound);
    if (typeof socket === 'number') return pathErrors.get(socket) ?? socket;
    file = new SocketFile(bound);
    allow(bound, file.mode, query);
    if (replaces) {
      renameSync(bound, final);
      file.movedTo(final);
    }
    return { socket, file };
  } catch (error) {
    if (typeof socket !== 'number') socket.close();
    file?.remove();
    const errno = -((error as NodeJS.ErrnoException).errno ?? -EINVAL);
    return pathErrors.get(errno) ?? errno;
  }
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

function allow(file: string, mode: number, { readableAll, writableAll }: ListenQuery): void {
  if (!readableAll && !writableAll) return;
  chmodSync(file, mode | (readableAll ? 0o444 : 0) | (writableAll ? 0o222 : 0));
}
