import type { ListenFailure, ListenQuery } from '../channel/messages.js';
import type { Native, NativeDispatcher, NativeSocket, SocketAddress } from '../native.js';
import type { ResolvedOptions } from '../options.js';
import { backlogOf, bindAnother, bindListener, isFailure, type BoundSocket } from './bind.js';
import { Conditions } from './conditions.js';
import type { Child } from './file-rights.js';
import { isFixed, labelOf, overlap } from './listen-address.js';
import { ListenerUsers } from './listener-users.js';
import { PathSockets } from './path-sockets.js';
import { throwIfFailed, unlessFailed } from './system-call.js';
import type { WorkerHandle } from './worker-handle.js';

/** A bound socket that the primary owns, one per address asked for; in listener handoff one of those for each slot. */
export interface Listener {
  readonly id: number;
  /** The address as it was asked for, so that it is the same at every start: `127.0.0.1:3000`, `[::]:0`, a path. */
  readonly label: string;
  /** The address as it was bound, with the port that the kernel chose for port 0. */
  readonly address: SocketAddress;
  /** Whether connections come from it; else it is a UDP socket, which workers share. */
  readonly isStream: boolean;
  /** The UDP socket, kept for the workers still to come. Stream sockets belong to the dispatcher. */
  readonly socket: NativeSocket | undefined;
  /** In listener handoff: under which number a worker counts what it accepts. */
  readonly counter: number | undefined;
  /** What the first worker that had anything gave to be shared by all. */
  readonly data: unknown;
}

/** A listener as `addresses` and the event `listening` show it. */
export interface ListenerInfo {
  /** The name in metrics: the address as the app asked for it. */
  label: string;
  /** The kind of address: a Unix socket has a path. */
  family: 'IPv4' | 'IPv6' | 'unix';
  /** Numeric address, or path. */
  address: string;
  /** 0 for paths. */
  port: number;
}

export function describeListener({ label, address }: Listener): ListenerInfo {
  return { label, ...address };
}

interface Entry extends Listener {
  data: unknown;
  readonly key: string;
  /** One of 0…mostListeners-1 that no other has. */
  readonly place: number;
  readonly query: ListenQuery;
  /** Whether each slot has a socket of its own. */
  readonly isSharedOut: boolean;
  /** Of one on a path. */
  readonly path: PathSockets | undefined;
  readonly users: ListenerUsers;
}

/** Who wants a listener. */
type Applicant = Pick<WorkerHandle, 'id' | 'slot' | 'isOnProbation' | 'release' | keyof Child>;

/** Of a primary's options. */
type TableOptions = Pick<ResolvedOptions, 'handoff' | 'readyTimeoutMs'>;

/** LedgerMemory::kListeners in native/src/ledger.h. An app has a few; a worker that asks for thousands is broken. */
const mostListeners = 256;

/**
 * The listeners of the primary. One is bound when the first worker asks for it and closed when the last worker has
 * closed it, as with one process. A worker that dies has closed nothing: its listeners wait for the next.
 */
export class ListenerTable {
  readonly #native: Native;
  readonly #dispatcher: NativeDispatcher;
  readonly #options: TableOptions;
  readonly #onListening: (listener: Listener) => void;
  readonly #byKey = new Map<string, Entry>();
  readonly #byId = new Map<number, Entry>();
  readonly #closed = new Conditions();
  #isClosed = false;
  #lastId = 0;

  /** `onListening` is told of each new listener. */
  constructor(
    native: Native,
    dispatcher: NativeDispatcher,
    options: TableOptions,
    onListening: (listener: Listener) => void,
  ) {
    this.#native = native;
    this.#dispatcher = dispatcher;
    this.#options = options;
    this.#onListening = onListening;
  }

  /** The listener for this query, bound now if no worker asked for it before. */
  acquire(query: ListenQuery, worker: Applicant): Listener | ListenFailure {
    const key = [query.kind, query.address, query.port, query.ipv6Only, query.index].join('|');
    const { slot } = worker;
    let entry = this.#byKey.get(key);
    if (entry === undefined) {
      const created = this.#create(key, query, worker);
      if (isFailure(created)) return created;
      entry = created;
    } else if (entry.isSharedOut && this.#dispatcher.keepSocket(entry.id, slot) !== 0) {
      const socket = bindAnother(this.#native, entry.query, entry.address);
      if (isFailure(socket)) return socket;
      throwIfFailed(
        this.#dispatcher.addSocket(entry.id, slot, socket, backlogOf(query)),
        'listen',
        `add to ${entry.label}`,
      );
    }
    const unreached = entry.path?.onAsked(worker);
    if (unreached !== undefined) {
      this.#closeIfUnused(entry, slot);
      return unreached;
    }
    entry.data ??= query.data;
    entry.users.add(worker, query.isForRequest);
    return entry;
  }

  /** The worker serves the listener now. Undefined if it has not asked for it, or has closed it. */
  serve(id: number, worker: Applicant & Pick<WorkerHandle, 'ageMs'>): Listener | undefined {
    const entry = this.#byId.get(id);
    const isEarly = worker.ageMs <= this.#options.readyTimeoutMs;
    return entry?.users.serve(worker, isEarly && isFixed(entry.query)) ? entry : undefined;
  }

  /** Those that the worker serves. */
  servedBy({ id }: Pick<Applicant, 'id'>): Listener[] {
    return this.#entries().filter(({ users }) => users.isServedBy(id));
  }

  /**
   * Those that a worker must serve to take the place of this one in the slot: which that has opened within `readyTimeoutMs` of
   * its start, at a fixed port or path, and serves; or which a worker of the slot that crashed has left so.
   */
  expectedOf(slot: number, worker: Pick<Applicant, 'id'> | undefined): Listener[] {
    return this.#entries().filter(({ users }) => users.isExpectedOf(slot, worker?.id));
  }

  /** A listener that others use, and that keeps the worker from having what it asks for (EADDRINUSE). */
  obstacleTo(query: ListenQuery, { id }: Pick<Applicant, 'id'>): Listener | undefined {
    return this.#entries().find((entry) => !entry.users.has(id) && overlap(query, entry));
  }

  /** A worker has closed the listener. The last one to do so closes it for all. */
  release(id: number, worker: Pick<Applicant, 'id' | 'slot'>): void {
    const entry = this.#byId.get(id);
    if (entry?.users.remove(worker)) this.#closeIfUnused(entry, worker.slot);
  }

  /** A worker is gone. If it `comesBack`, its listeners wait for its successor. */
  releaseAll(worker: Pick<Applicant, 'id' | 'slot'>, comesBack: boolean): void {
    for (const entry of this.#byId.values()) {
      const wasUsed = comesBack ? entry.users.orphan(worker) : entry.users.remove(worker);
      if (wasUsed) this.#closeIfUnused(entry, worker.slot);
    }
  }

  /** The slot has the worker that it is to have: what a crashed one left there, no successor has wanted. */
  dropOrphans(slot: number): void {
    for (const entry of this.#byId.values())
      if (entry.users.dropOrphan(slot)) this.#closeIfUnused(entry, slot);
  }

  /** All workers are of one release: the sockets by which clients found the ones before are of no use any more. */
  settle(): void {
    for (const { path } of this.#byId.values()) path?.retireOlder();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  all(): Listener[] {
    return this.#entries();
  }

  /** Resolves when nothing takes connections any more. */
  whenClosed(): Promise<void> {
    return this.#closed.until(() => !this.#entries().some(({ isStream }) => isStream));
  }

  /** Nothing can listen from here on. */
  closeAll(): void {
    this.#isClosed = true;
    for (const entry of this.#byId.values()) this.#close(entry);
  }

  #create(key: string, query: ListenQuery, worker: Applicant): Entry | ListenFailure {
    const place = this.#freePlace();
    if (place === undefined) return { errno: 0, address: query.address, limit: mostListeners };
    const isTcp = query.kind === 'tcp4' || query.kind === 'tcp6' || query.kind === 'any';
    const isSharedOut = this.#options.handoff === 'listeners' && isTcp;
    const result = bindListener(this.#native, query, worker, isSharedOut ? 'first' : 'none');
    if (isFailure(result)) return result;
    try {
      return this.#add(key, query, place, isSharedOut ? worker.slot : undefined, result);
    } catch (error) {
      result.socket.close();
      result.file?.remove();
      throw error;
    }
  }

  #add(
    key: string,
    query: ListenQuery,
    place: number,
    slot: number | undefined,
    { socket, file }: BoundSocket,
  ): Entry {
    const id = ++this.#lastId;
    const isStream = !query.kind.startsWith('udp');
    const address: SocketAddress =
      file === undefined
        ? unlessFailed(socket.address(), 'getsockname', 'read the address of a socket')
        : { family: 'unix', address: query.address, port: 0 };
    const label = labelOf(query, address);
    if (isStream) {
      throwIfFailed(this.#dispatcher.addListener(id, place, label), 'epoll_ctl', `watch ${label}`);
      throwIfFailed(
        this.#dispatcher.addSocket(id, slot, socket, backlogOf(query)),
        'listen',
        `watch ${label}`,
      );
    }
    const entry: Entry = {
      id,
      key,
      place,
      query,
      label,
      address,
      isStream,
      isSharedOut: slot !== undefined,
      counter: isStream && this.#options.handoff === 'listeners' ? place : undefined,
      socket: isStream ? undefined : socket,
      data: query.data,
      path: file && new PathSockets(this.#native, this.#dispatcher, { id, query, label }, file),
      users: new ListenerUsers(),
    };
    this.#byKey.set(key, entry);
    this.#byId.set(id, entry);
    this.#onListening(entry);
    return entry;
  }

  #entries(): Entry[] {
    return [...this.#byId.values()];
  }

  #freePlace(): number | undefined {
    const taken = new Set(this.#entries().map(({ place }) => place));
    for (let place = 0; place < mostListeners; place++) if (!taken.has(place)) return place;
    return undefined;
  }

  #closeIfUnused(entry: Entry, slot: number): void {
    const { id, users, isSharedOut } = entry;
    if (users.isEmpty) return this.#close(entry);
    if (isSharedOut && !users.includes(slot)) this.#dispatcher.retireSocket(id, slot);
  }

  #close(entry: Entry): void {
    this.#byKey.delete(entry.key);
    this.#byId.delete(entry.id);
    if (entry.isStream) this.#dispatcher.removeListener(entry.id);
    entry.socket?.close();
    entry.path?.removeFiles();
    this.#closed.look();
  }
}
