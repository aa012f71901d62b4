import type { ListenFailure, ListenQuery } from '../channel/messages.js';
import type { Native, NativeDispatcher } from '../native.js';
import { backlogOf, bindFile, isFailure } from './bind.js';
import type { BoundFile } from './bound-file.js';
import type { Child } from './file-rights.js';
import { throwIfFailed } from './system-call.js';
import type { WorkerHandle } from './worker-handle.js';

/** A worker that asks for the path. */
type Asker = Pick<WorkerHandle, 'release' | keyof Child>;

/** What listens on a path. */
interface PathListener {
  readonly id: number;
  readonly query: ListenQuery;
  readonly label: string;
}

/**
 * The sockets of a listener on a path, by their files. There is more than one where the path leads elsewhere than it did: the file was
 * removed, or a link on the way is that of another release now. Those before serve whoever has found them.
 */
export class PathSockets {
  readonly #native: Native;
  readonly #dispatcher: NativeDispatcher;
  readonly #listener: PathListener;
  /** The newest last. */
  readonly #files: BoundFile[];
  /** The newest release of which a worker has asked for the path. */
  #newestRelease = 0;

  constructor(native: Native, dispatcher: NativeDispatcher, listener: PathListener, file: BoundFile) {
    this.#native = native;
    this.#dispatcher = dispatcher;
    this.#listener = listener;
    this.#files = [file];
  }

  /**
   * The worker asks for the path: clients that take it are to come to the newest socket. A failure is that of the first
   * worker of a release, which says with it that the release is no good; later ones go on with what there is.
   */
  onAsked(asker: Asker): ListenFailure | undefined {
    const release = asker.release.generation;
    const isFirst = release > this.#newestRelease;
    const failure = this.#reach(asker);
    if (failure !== undefined && isFirst) return failure;
    this.#newestRelease = Math.max(this.#newestRelease, release);
    return undefined;
  }

  /** Nobody needs the older ones any more. */
  retireOlder(): void {
    if (this.#files.length === 1) return;
    for (const file of this.#files.splice(0, this.#files.length - 1)) file.remove();
    this.#dispatcher.retireOlder(this.#listener.id);
  }

  /** The sockets are closed. */
  removeFiles(): void {
    for (const file of this.#files) file.remove();
  }

  #reach(asker: Asker): ListenFailure | undefined {
    const { id, query, label } = this.#listener;
    const newest = this.#files.at(-1);
    if (newest === undefined || newest.isAt(query.address)) return undefined;
    const isThere = this.#files.some((file) => file.isAt(query.address));
    const bound = bindFile(this.#native, query, asker, { file: newest, isThere });
    if (isFailure(bound)) return bound;
    const error = this.#dispatcher.addSocket(id, undefined, bound.socket, backlogOf(query));
    if (error !== 0) bound.file.remove();
    throwIfFailed(error, 'listen', `add to ${label}`);
    this.#files.push(bound.file);
    const isAnyOlderThere = this.#files.slice(0, -1).some(({ isThere }) => isThere);
    if (!isAnyOlderThere) this.retireOlder();
    return undefined;
  }
}
