import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import type { Native } from '../native.js';
import { SocketFile } from './socket-file.js';

const { ECONNREFUSED } = constants.errno;

/**
 * A name in the directory of this one, for a moment, that nobody else has: another primary may be of the same pid, in another
 * container. Where a process is killed in between, it stays, in nobody's way. Short, since a socket's path is limited.
 */
export function asideName(name: string): string {
  return `${name.slice(0, 20)}.${randomBytes(4).toString('hex')}`;
}

/**
 * Removes a socket's file behind which nobody listens, as a process leaves it that is killed. connect(2) says so of other files, too:
 * those stay. Whoever does listen gets a connection that ends at once. False: the path is in use, or nobody may remove what is there.
 * True: it is worth another try.
 */
export function freePath(native: Native, file: string): boolean {
  let found: SocketFile | undefined;
  try {
    found = new SocketFile(file);
    if (!found.stats.isSocket() || native.connectUnix(found.alias) !== ECONNREFUSED) return false;
    removeOnly(native, found, file);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'; // someone else has removed it
  } finally {
    found?.close();
  }
}

/**
 * Another primary may do the same, and listen there by now. Whoever has the abstract name (unix(7)) of a file removes it: for all others
 * of the network namespace the path leads to it until then.
 */
function removeOnly(native: Native, found: SocketFile, file: string): void {
  const { dev, ino } = found.stats;
  const turn = native.bindUnix(`\0baton/remove/${dev}:${ino}`);
  if (typeof turn === 'number') return; // it is being removed
  try {
    if (found.isAt(file)) unlinkSync(file);
  } finally {
    turn.close();
  }
}
