import { getSystemErrorMap } from 'node:util';
import type { NativeSnapshot } from './native-figures.js';
import type { Policy } from './options.js';

export type * from './native-figures.js';

/** An errno as the kernel gives it: 0 for success, else positive. */
export type Errno = number;

/** A socket's local address. `unix` sockets have a path in `address` and port 0. */
export interface SocketAddress {
  family: 'IPv4' | 'IPv6' | 'unix';
  address: string;
  port: number;
}

/** The owner of one fd. It closes with `close()`, or passes to whoever takes the object as an owner. */
export interface NativeSocket {
  /** For passing to a child at spawn; -1 once closed or handed on. */
  readonly fd: number;
  /** listen(2). */
  listen(backlog: number): Errno;
  /** getsockname(2). */
  address(): SocketAddress | Errno;
  close(): void;
}

export interface BindOptions {
  address: string;
  port: number;
  family: 4 | 6;
  ipv6Only: boolean;
  transport: 'tcp' | 'udp';
  reuseAddress: boolean;
  /**
   * Whether others of ours are bound to the same address too, for the kernel to choose from (SO_REUSEPORT): `first` opens it to
   * those, but fails with EADDRINUSE if there is any.
   */
  sharing: 'none' | 'first' | 'more';
}

/** Checked before they come here. */
export interface DispatcherOptions {
  policy: Policy;
  stallAfterMs: number;
  maxOpenOffers: number;
  /** 0: no limit. */
  queueTimeoutMs: number;
  /** Whether workers above their share of connections are ordered to give some back. */
  rebalance: boolean;
}

/** What a dispatcher tells of its targets. */
export type DispatcherEvent =
  | [kind: 'control', target: number, payload: string]
  | [kind: 'left', target: number, listener: number]
  | [kind: 'gone', target: number, nothing: undefined];

export interface NativeDispatcher {
  start(): Errno;
  stop(): void;
  /** `place`: one of 0…255 that no other listener has. */
  addListener(id: number, place: number, label: string): Errno;
  /**
   * Takes the socket, and lets it listen. `slot`: whose worker may be handed it; `undefined` for every slot, of which the newest is handed
   * out.
   */
  addSocket(listener: number, slot: number | undefined, socket: NativeSocket, backlog: number): Errno;
  /** ENOENT: the slot has no socket yet. */
  keepSocket(listener: number, slot: number): Errno;
  /** Nothing new comes to it; what has come is handed to others; then it is closed. */
  retireSocket(listener: number, slot: number): void;
  /** Of sockets for every slot, nothing but the newest is wanted: what has come to the others is handed over, and they are closed. */
  retireOlder(listener: number): void;
  removeListener(id: number): void;
  addTarget(id: number, slot: number): NativeSocket | Errno;
  serve(target: number, listener: number): Errno;
  sendControl(target: number, payload: string, socket?: NativeSocket): Errno;
  /** Sends the target its slot's socket of the listener; what it accepts it counts under `counter`. */
  handOver(target: number, listener: number, counter: number, payload: string): Errno;
  /** The target accepts from it now. */
  hold(target: number, listener: number): void;
  /** The target gets no connections any more, and may give back those that it has. */
  drain(target: number): Errno;
  snapshot(): NativeSnapshot;
}

/** When a connection was claimed. Its number, for the end of the connection. */
export type Claim = number;
export const noClaim: Claim = 0;

/** So many more connections, or more, that a server takes are as good as no limit: `LedgerMemory::kManyVacancies`. */
export const manyVacancies = 16;

export interface NativeReceiver {
  startListening(listener: number): void;
  stopListening(listener: number): void;
  /**
   * The listener's server is full, and its own handle closed: the primary is to accept in its place. `place`: as in `addListener`. `fd`:
   * of a connection that was accepted too many, which is to be closed here then; or -1.
   */
  stopAccepting(listener: number, place: number, fd: number): Errno;
  sendControl(payload: string): Errno;
  /** Memory of the ledger: 64 bits, how many requests are being answered. As long as this object. */
  readonly requests: ArrayBuffer;
  /** 32 bits, 0 unless the primary knows that callbacks run in this turn of the event loop. As long as this object. */
  readonly running: ArrayBuffer;
  /**
   * Gives an idle connection back, for another worker. 0: it is to be closed here without a shutdown, and not to be told of. EAGAIN:
   * onRoom tells when to try again.
   */
  giveBack(fd: number, listener: number, claim: Claim, keptAlive: boolean): Errno;
  /** The order to give back is carried out: nothing more is given back because of it. `movable`: of one to give none, the answer. */
  endOrder(movable: number): void;
  /** A request is begun, on the connection of this claim. */
  onRequest(claim: Claim): void;
  /** A connection is about to be closed, or reset. */
  onClosing(fd: number, claim: Claim): void;
  onResetting(fd: number, claim: Claim): void;
  /** Node's handle of this server listens on `fd`: what it accepts is counted. False: not in this Node. */
  own(fd: number, counter: number, server: object): boolean;
  disown(counter: number): void;
  ref(): void;
  unref(): void;
  /**
   * From here on this process kills itself where the primary is gone, and its event loop has not turned for so long since, so that it did
   * not hear of that.
   */
  endIfBlocked(afterMs: number): void;
  /** Takes nothing more. What was claimed stays this worker's. */
  leave(): void;
}

/** The signals that come from outside: from other processes, or the terminal. What this process sends itself goes its usual way. */
export interface NativeSignals {
  /** From here on `onSignal` is told of the signal, and no listener of the process hears it. */
  watch(signal: number): Errno;
  /** Whether the process listens for it: else what it sends itself has its default effect. */
  setHeard(signal: number, isHeard: boolean): void;
}

/** The holder of a file's lock, which is free once this object is collected. */
export interface NativeLock {
  /** Frees the lock, and removes the file, if it is still that of the path. */
  close(): void;
}

/** A process, as it was when it connected, or called listen(2). */
export interface PeerCredentials {
  pid: number;
  uid: number;
  gid: number;
}

/** What the kernel checks when a process touches files: credentials(7). */
export interface NativeFileRights {
  uid: number;
  gid: number;
  /** The supplementary ones. */
  groups: number[];
  /** A bit each: capabilities(7). */
  capabilities: bigint;
}

/** The addon. Functions that make a socket, or find something out, return an errno instead when they fail. */
export interface Native {
  bindIp(options: BindOptions): NativeSocket | Errno;
  /** `mode`: of the file, less the umask; 0o777. It may have bits that the umask does not concern. */
  bindUnix(path: string, mode?: number): NativeSocket | Errno;
  /** connect(2), for a moment. ECONNREFUSED: nobody listens there, or it is no socket; 0 or EAGAIN: somebody does. */
  connectUnix(path: string): Errno;
  /** A duplicate of a stream socket that listens, or of a bound UDP socket. */
  adopt(fd: number, transport: 'tcp' | 'udp'): NativeSocket | Errno;
  /** The address of a listening stream socket; EINVAL if it is another. */
  inspectListener(fd: number): SocketAddress | Errno;
  /**
   * flock(2) on a file, which is made where there is none, and has then `text` in it. EWOULDBLOCK: another has it; ELOOP: it is a symbolic
   * link.
   */
  lockFile(path: string, text: string): NativeLock | Errno;
  /** Who is at the other end of a Unix socket: SO_PEERCRED of unix(7). */
  peerCredentials(fd: number): PeerCredentials | Errno;
  /**
   * Calls `act`, while this thread has these rights to files, and no capabilities but these of its own. EPERM: this process may not have
   * such rights; `act` was not called.
   */
  withFileRights(rights: NativeFileRights, act: () => void): Errno;
  /** Takes the exit status of ended children that are not `known`, as only libuv may of its own. Of how many. */
  reapOrphans(known: readonly number[]): number;
  /** `sender`: its pid; 0: the kernel, as for a terminal; -1: unknown here. `atMs`: when it came, as `process.hrtime()` has it. */
  Signals: new (onSignal: (signal: number, sender: number, atMs: number) => void) => NativeSignals;
  Dispatcher: new (
    options: DispatcherOptions,
    onEvent: (...event: DispatcherEvent) => void,
  ) => NativeDispatcher;
  Receiver: new (
    fd: number,
    /** How many more connections the listener's server takes, `manyVacancies` at most. */
    vacancies: (listener: number) => number,
    onConnection: (listener: number, fd: number, claim: Claim, keptAlive: boolean) => void,
    onControl: (payload: string, fd: number) => void,
    /** So many idle connections of these listeners are to be given back, at most; none: how many could move is asked. Then `endOrder()` is called. */
    onGiveBackOrder: (connections: number, listeners: number[]) => void,
    onRoom: () => void,
    onClose: () => void,
  ) => NativeReceiver;
}

/** The name of an errno, e.g. `EMFILE`. */
export function errnoName(errno: Errno): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? `errno ${errno}`;
}
