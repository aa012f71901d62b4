import { unlinkSync } from 'node:fs';
import { BatonError } from '../errors.js';
import type { FileRights } from './file-rights.js';
import type { HeldDirectory } from './held-directory.js';
import { SocketFile } from './socket-file.js';

/**
 * The file of a socket that was bound for a worker. It is removed in the directory in which it was made, wherever that is now, and
 * with the rights of that worker.
 */
export class BoundFile extends SocketFile {
  readonly #directory: HeldDirectory;
  readonly #address: string;
  readonly #rights: FileRights;
  #name: string;

  /** Closes the directory with itself. `address`: the path for people. Throws what open(2) does. */
  constructor(directory: HeldDirectory, name: string, address: string, rights: FileRights) {
    super(directory.file(name));
    this.#directory = directory;
    this.#name = name;
    this.#address = address;
    this.#rights = rights;
  }

  /** It has another name in its directory. */
  renamed(name: string): void {
    this.#name = name;
  }

  /** Whether it is still where it was made. */
  get isThere(): boolean {
    return this.isAt(this.#path);
  }

  /** Ends its use: removes it, unless another is there, and closes it. A file that is left is no failure. */
  remove(): void {
    if (!this.isOpen) return;
    try {
      this.#rights.run(() => {
        if (this.isThere) unlinkSync(this.#path);
      });
    } catch (error) {
      const { code = '?' } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT')
        process.emitWarning(new BatonError('BATON_SYSTEM_CALL', [`remove ${this.#address}`, code], error));
    }
    this.close();
  }

  override close(): void {
    this.#directory.close();
    super.close();
  }

  get #path(): string {
    return this.#directory.file(this.#name);
  }
}
