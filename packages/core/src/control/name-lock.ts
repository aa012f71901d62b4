import { readFileSync, unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { BatonError } from '../errors.js';
import { errnoName, type Native, type NativeLock } from '../native.js';
import { makeDirectory } from './directory.js';
import { socketPath } from './name.js';

/**
 * A primary's hold on its name: the lock of `<name>.lock`, which the kernel frees when the process ends, however it ends. Only
 * the holder may make or remove `<name>.sock`. The lock file stays: if it were removed, two could lock two files of one name.
 */
export class NameLock {
  readonly socketPath: string;
  #lock: NativeLock | undefined;

  /**
   * Takes the name, and removes the socket of a holder that was killed. Throws BATON_NAME_TAKEN, BATON_CONTROL_DIRECTORY,
   * BATON_CONTROL_UNTRUSTED, BATON_CONTROL_PATH or BATON_INVALID_OPTION.
   */
  constructor(native: Native, directory: string, name: string) {
    this.socketPath = socketPath(directory, name);
    makeDirectory(directory);
    const file = path.join(directory, `${name}.lock`);
    const lock = native.lockFile(file);
    if (lock === constants.errno.EWOULDBLOCK)
      throw new BatonError('BATON_NAME_TAKEN', [name, describeHolder(file)]);
    if (lock === constants.errno.ELOOP)
      throw new BatonError('BATON_CONTROL_UNTRUSTED', [file, 'is a symbolic link']);
    if (typeof lock === 'number') throw new BatonError('BATON_CONTROL_DIRECTORY', [file, errnoName(lock)]);
    try {
      removeSocket(this.socketPath);
    } catch (cause) {
      lock.close();
      const { code = 'error' } = cause as NodeJS.ErrnoException;
      throw new BatonError('BATON_CONTROL_DIRECTORY', [this.socketPath, code], cause);
    }
    this.#lock = lock;
  }

  /** Removes the socket, and gives the name up. */
  close(): void {
    if (this.#lock === undefined) return;
    try {
      removeSocket(this.socketPath);
    } catch {
      // The next holder removes it.
    }
    this.#lock.close();
    this.#lock = undefined;
  }
}

function removeSocket(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function describeHolder(file: string): string {
  try {
    const pid = readFileSync(file, 'utf8').trim();
    return /^\d+$/.test(pid) ? `the primary with pid ${pid}` : 'a primary that is just starting';
  } catch {
    return 'another primary';
  }
}
