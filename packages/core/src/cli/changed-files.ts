import { once } from 'node:events';
import type { Stats } from 'node:fs';
import path from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import { Deferred } from '../primary/deferred.js';
import { relativeInside } from '../working-directory.js';

/** Editors and compilers write several files, and some files several times, for what is one change. */
const settleMs = 100;

/** The files below some paths that change, in batches: one is complete when no file has changed for 100 ms. */
export class ChangedFiles {
  readonly #onError: (error: Error) => void;
  #watcher: FSWatcher;
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isComplete = false;
  #isClosed = false;
  readonly #closed = new Deferred();
  #wake = (): void => {};

  /** `onError`: a file or directory cannot be watched; the others are. */
  constructor(paths: readonly string[], onError: (error: Error) => void) {
    this.#onError = onError;
    this.#watcher = this.#open(paths);
  }

  /** From here on no change is missed. */
  async ready(): Promise<void> {
    await once(this.#watcher, 'ready');
  }

  /** Watches these paths instead. Resolves when no change of theirs is missed any more. */
  async watch(paths: readonly string[]): Promise<void> {
    if (this.#isClosed) return;
    const before = this.#watcher;
    this.#watcher = this.#open(paths);
    await Promise.race([this.ready(), this.#closed.promise]);
    await before.close();
  }

  /** The next batch: all that has changed since the last one. Undefined after close(). */
  async next(): Promise<string[] | undefined> {
    if (!this.#isComplete && !this.#isClosed) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#isClosed) return undefined;
    const batch = [...this.#changed];
    this.#changed.clear();
    this.#isComplete = false;
    return batch;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closed.resolve();
    clearTimeout(this.#timer);
    this.#wake();
    await this.#watcher.close();
  }

  #open(paths: readonly string[]): FSWatcher {
    const roots = paths.map((root) => path.resolve(root));
    const watcher = watch(roots, {
      ignoreInitial: true,
      ignored: (file, stats) => isIgnored(roots, file, stats),
    });
    watcher.on('all', (event, file) => {
      if (event === 'add' || event === 'change' || event === 'unlink') this.#onChange(file);
    });
    watcher.on('error', (error) => this.#onError(error as Error));
    return watcher;
  }

  #onChange(file: string): void {
    if (this.#isClosed) return;
    this.#changed.add(file);
    this.#isComplete = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isComplete = true;
      this.#wake();
    }, settleMs);
  }
}

const watchedExtension = /\.([cm]?[jt]s|[jt]sx|json)$/;
const envFile = /^\.env/;

/**
 * Whether a file or directory is none that an app is made of. What was asked for by its path is never ignored. `stats` is missing
 * where it is not known yet what a path is.
 */
export function isIgnored(
  roots: readonly string[],
  file: string,
  stats?: Pick<Stats, 'isFile' | 'isDirectory' | 'isSocket'>,
): boolean {
  const [nearest] = roots
    .flatMap((root) => relativeInside(root, file) ?? [])
    .toSorted((one, other) => one.length - other.length);
  if (nearest === undefined || nearest === '') return false;
  const directories = nearest.split(path.sep);
  const name = directories.pop() ?? '';
  if (directories.some(isIgnoredDirectory)) return true;
  if (stats?.isDirectory()) return isIgnoredDirectory(name);
  if (stats?.isSocket() === true) return true; // made by the app that is to be reloaded
  if (envFile.test(name)) return false;
  return isIgnoredDirectory(name) || (stats?.isFile() === true && !watchedExtension.test(name));
}

function isIgnoredDirectory(name: string): boolean {
  return name === 'node_modules' || name.startsWith('.');
}
