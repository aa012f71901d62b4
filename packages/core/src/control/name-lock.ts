import { unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { BatonError } from '../errors.js';
import { errnoName, type Native, type NativeLock } from '../native.js';
import { makeDirectory } from './directory.js';
import { describeHolder, writtenHolder, type Holder } from './holder.js';
import { lockPath, socketPath } from './name.js';

/**
 * A primary's hold on its name: the lock of `<name>.lock`, which the kernel frees when the process ends, however it ends. Only
 * the holder may make or remove `<name>.sock`, and remove the lock file. Who has locked a file checks that it is still the one of that
 * name: else two could lock two files of one name.
 */
export class NameLock {
  readonly name: string;
  readonly socketPath: string;
  #lock: NativeLock | undefined;

  /**
   * Takes the name, and removes the socket of a holder that was killed. Throws BATON_NAME_TAKEN, BATON_CONTROL_DIRECTORY,
   * BATON_CONTROL_UNTRUSTED, BATON_CONTROL_PATH or BATON_INVALID_OPTION.
   */
  constructor(native: Native, directory: string, name: string, holder: Holder) {
    this.name = name;
    this.socketPath = socketPath(directory, name);
    makeDirectory(directory);
    const file = lockPath(directory, name);
    const lock = native.lockFile(file, writtenHolder(holder));
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

  /** Takes the first of the names that is free. Throws as the constructor; BATON_NAME_TAKEN is that of the first. */
  static takeOneOf(native: Native, directory: string, names: readonly string[], holder: Holder): NameLock {
    let refusal: unknown;
    for (const name of names) {
      try {
        return new NameLock(native, directory, name, holder);
      } catch (error) {
        if (!(error instanceof BatonError) || error.code !== 'BATON_NAME_TAKEN') throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  }

  /** Removes the socket and the lock file, and gives the name up. */
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
