import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { openPath } from './socket-file.js';

/**
 * A directory, by a descriptor: whatever others put in the place of its path, or of a link on the way, what is done in it is done in
 * this one.
 */
export class HeldDirectory {
  readonly #descriptor: number;
  #isOpen = true;

  /** Links are followed. Throws what open(2) does. */
  constructor(path: string) {
    this.#descriptor = openSync(path, openPath | constants.O_DIRECTORY);
  }

  /** The path of a file in it, for this process (proc(5)): short enough for a socket (unix(7)), wherever the directory is. */
  file(name: string): string {
    return `/proc/self/fd/${this.#descriptor}/${name}`;
  }

  /** Whether it is the directory of which stat(2) has told so. */
  is({ dev, ino }: Stats): boolean {
    const own = fstatSync(this.#descriptor);
    return own.dev === dev && own.ino === ino;
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#descriptor);
    this.#isOpen = false;
  }
}
