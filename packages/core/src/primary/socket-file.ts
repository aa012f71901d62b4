import { statSync, unlinkSync } from 'node:fs';
import { BatonError } from '../errors.js';

/** The file by which clients find a socket that is bound to a path. Others may have put one of theirs in its place, or removed it. */
export class SocketFile {
  #file: string;
  readonly mode: number;
  readonly #device: number;
  readonly #inode: number;

  /** The file of a socket that has just been bound there. Throws what stat(2) does. */
  constructor(file: string) {
    const { dev, ino, mode } = statSync(file);
    this.#file = file;
    this.mode = mode;
    this.#device = dev;
    this.#inode = ino;
  }

  movedTo(file: string): void {
    this.#file = file;
  }

  /** Whether clients that take this path come to the socket. */
  isAt(file: string): boolean {
    try {
      return this.#isSame(file);
    } catch {
      return false; // there is none, or nobody may look
    }
  }

  /** Whether any path leads to it that we know of. */
  get isThere(): boolean {
    return this.isAt(this.#file);
  }

  /** What is not ours any more stays. A file that is left is no failure. */
  remove(): void {
    try {
      if (this.#isSame(this.#file)) unlinkSync(this.#file);
    } catch (error) {
      const { code = '?' } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT')
        process.emitWarning(new BatonError('BATON_SYSTEM_CALL', [`remove ${this.#file}`, code], error));
    }
  }

  #isSame(file: string): boolean {
    const { dev, ino } = statSync(file);
    return dev === this.#device && ino === this.#inode;
  }
}
