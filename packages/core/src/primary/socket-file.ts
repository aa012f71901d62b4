import { closeSync, constants, fstatSync, openSync, statSync, type Stats } from 'node:fs';

/** O_PATH of open(2): the descriptor stands for the file and no more, so that one of a socket can have it. Node has no name for it. */
export const openPath = 0o10000000;

/**
 * The file by which clients find a socket that is bound to a path. Others may have put one of theirs in its place, or removed it. A
 * descriptor holds it: until it is closed the kernel gives its inode's number to no other, and it tells what it is even when it
 * was removed. By that descriptor workers know it too (`worker/kept-paths`).
 */
export class SocketFile {
  readonly #descriptor: number;
  readonly #device: number;
  readonly #inode: number;
  #isOpen = true;

  /** Whatever is there now, a link for itself. Throws what open(2) does. */
  constructor(file: string) {
    this.#descriptor = openSync(file, openPath | constants.O_NOFOLLOW);
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

  /** Whether clients that take this path come to the socket. */
  isAt(file: string): boolean {
    try {
      const { dev, ino } = statSync(file);
      return dev === this.#device && ino === this.#inode;
    } catch {
      return false; // there is none, or nobody may look
    }
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Ends its use, and leaves the file where it is. */
  close(): void {
    if (this.#isOpen) closeSync(this.#descriptor);
    this.#isOpen = false;
  }
}
