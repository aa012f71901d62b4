import { existsSync } from 'node:fs';
import { BatonError } from '../errors.js';
import { resolveOptions, type PrimaryOptions, type ResolvedOptions } from '../options.js';
import { lookUp, relativeInside, type Place } from '../working-directory.js';
import { batonIn, own } from './preload.js';
import { releaseOf, type Release, type Version, type WorkerOptions } from './release.js';

/**
 * Asked at each reload for the options anew; those that concern the workers take effect. `place` is where the new workers run. When
 * `signal` aborts, nobody waits any more. What it throws is why the reload fails.
 */
export type RenewOptions = (
  place: Place,
  signal: AbortSignal,
  warn: (message: string) => void,
) => Promise<PrimaryOptions>;

/** What the workers of a primary are started from, at the start, at each reload, and in between. */
export class Releases {
  readonly #renew: RenewOptions | undefined;
  readonly #warn: (message: string) => void;
  readonly #stopping = new AbortController();
  #options: WorkerOptions;
  /** Of the last reload that was done; of the start, until there is one. */
  #current: Release | undefined;
  #isReloading = false;
  /** The directory of the first release. */
  #startedIn = '';
  /** Of the Baton in a release, as told last. */
  #otherVersion: string | undefined;

  constructor(options: ResolvedOptions, renew: RenewOptions | undefined, warn: (message: string) => void) {
    this.#options = options;
    this.#renew = renew;
    this.#warn = warn;
  }

  /** That of the start. Throws BATON_NO_DIRECTORY, BATON_APP_NOT_FOUND or BATON_NO_ACCESS. */
  begin(): void {
    const place = lookUp(this.#options.cwd);
    this.#current = releaseOf(this.#options, place, 1);
    this.#startedIn = place.realDirectory;
  }

  /** Does a reload with a new release, which is in force for all that start after it, if `work` is done. */
  async reload<T>(generation: number, work: (release: Release) => Promise<T>): Promise<T> {
    this.#isReloading = true;
    try {
      const release = await this.#take(generation);
      const result = await work(release);
      this.#current = release;
      this.#options = release.options;
      return result;
    } finally {
      this.#isReloading = false;
    }
  }

  /** What is in force. Its directory may be gone. */
  get current(): Release {
    if (this.#current === undefined) throw new BatonError('BATON_NOT_RUNNING', ['start a worker']);
    return this.#current;
  }

  /** What is to be started in the place of a worker: one of the release that is in force, and during a reload one of the same. */
  after(worker: Version): Version {
    const isSame = this.#isReloading || worker.release.generation === this.current.generation;
    return isSame ? worker : { generation: this.current.generation, release: this.current };
  }

  /** The same, but where the directory of its release is gone, in what its path leads to now. Throws as `begin`. */
  available({ generation, release }: Version): Version {
    return { generation, release: this.#existing(release) };
  }

  /** No reload waits for its options from here on. */
  stop(): void {
    this.#stopping.abort();
  }

  async #take(generation: number): Promise<Release> {
    const place = lookUp(this.#options.cwd);
    const { signal } = this.#stopping;
    const renewed = await this.#renew?.(place, signal, this.#warn);
    const options = renewed === undefined ? this.#options : resolveOptions(renewed);
    const release = releaseOf(options, place, generation);
    this.#warnOfOtherVersion(release);
    return release;
  }

  #existing(wanted: Release): Release {
    const { current } = this;
    // It may have been gone before.
    const release = wanted.generation === current.generation ? current : wanted;
    if (existsSync(release.realDirectory)) return release;
    const { generation, options, directory, realDirectory } = release;
    const found = releaseOf(options, lookUp(directory), generation);
    const now = found.realDirectory === directory ? '' : `, to which ${directory} points now`;
    this.#warn(`${realDirectory} no longer exists: workers are now started in ${found.realDirectory}${now}`);
    if (release === current) this.#current = found;
    return found;
  }

  /** The primary's own files go with the release that it was started from, where they are a part of that. */
  #warnOfOtherVersion(release: Release): void {
    const installed = batonIn(release);
    const isPartOfRelease = relativeInside(this.#startedIn, own.directory) !== undefined;
    if (!isPartOfRelease || installed === undefined || installed.version === own.version) return;
    if (installed.version === this.#otherVersion) return;
    this.#otherVersion = installed.version;
    this.#warn(
      `${installed.directory} is Baton ${installed.version}, but this primary runs ${own.version}. ` +
        `Keep ${own.directory}, which its workers need, until you restart baton.`,
    );
  }
}
