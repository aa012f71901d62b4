import { closeSync, constants, fstatSync, openSync, statSync, unlinkSync, type Stats } from 'node:fs';
import { BatonError } from '../errors.js';

/** open(2): the descriptor stands for the file and no more, so that one of a socket can have it. Node has no name for it. */
const O_PATH = 0o10000000;

/**
 * The file by which clients find a socket that is bound to a path. Others may have put one of theirs in its place, or removed it. A
 * descriptor holds it: until it is closed the kernel gives its inode's number to no other, and it tells what it is even when it
 * was removed. By that descriptor workers know it too (`worker/kept-paths`).
 */
export class SocketFile {
  #file: string;
  readonly #descriptor: number;
  readonly #device: number;
  readonly #inode: number;
  #isOpen = true;

  /** Whatever is there now, a link for itself. Throws what open(2) does. */
  constructor(file: string) {
    this.#file = file;
    this.#descriptor = openSync(file, O_PATH | constants.O_NOFOLLOW);
    const { dev, ino } = this.stats;
    this.#device = dev;
    this.#inode = ino;
  }

  /** What stat(2) tells of it. */
  get stats(): Stats {
    return fstatSync(this.#descriptor);
  }

  /** By which it is found in this process, whatever its path leads to: short enough for a socket (proc(5)). */
  get alias(): string {
    return `/proc/self/fd/${this.#descriptor}`;
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

  /** Ends its use: removes it, unless it is not ours any more, and closes the descriptor. A file that is left is no failure. */
  remove(): void {
    if (!this.#isOpen) return;
    try {
      if (this.#isSame(this.#file)) unlinkSync(this.#file);
    } catch (error) {
      const { code = '?' } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT')
        process.emitWarning(new BatonError('BATON_SYSTEM_CALL', [`remove ${this.#file}`, code], error));
    }
    this.close();
  }

  /** Ends its use, and leaves the file where it is. */
  close(): void {
    if (this.#isOpen) closeSync(this.#descriptor);
    this.#isOpen = false;
  }

  #isSame(file: string): boolean {
    const { dev, ino } = statSync(file);
    return dev === this.#device && ino === this.#inode;
  }
}
