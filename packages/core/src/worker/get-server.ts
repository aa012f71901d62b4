import { AsyncResource } from 'node:async_hooks';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers';
import type { ListenFailure, ListenKind, ListenQuery } from '../channel/messages.js';
import { handleClasses, type HandleClasses } from './connection-handle.js';
import { BatonError } from '../errors.js';
import { ListenHandle, type WorkerListener } from './listen-handle.js';
import {
  dataToShare,
  failListen,
  isUdpOpen,
  listensForRequest,
  pipeHandleClass,
  queryFlags,
  takeSharedData,
  tcpHandleClass,
  udpHandleClass,
  type SocketHandle,
  type SocketHandleClass,
  type GetServer,
  type GetServerCallback,
  type ServerInternals,
  type ServerQuery,
} from './node-internals.js';
import { trackSessions } from './http2-sessions.js';
import { openOwnListenHandle } from './own-listen-handle.js';
import type { ListenAnswer } from './listen-requests.js';
import type { PrimaryLink } from './primary-link.js';
import { streamCounter } from './request-count.js';
import { watchClassOf } from './server-events.js';

/** Answers `net` and `dgram` when the app listens: asks the primary for the listener and gives them a handle on it. */
export function makeGetServer(link: PrimaryLink): GetServer {
  const indexes = new Indexes();
  const tcp = handleClasses(tcpHandleClass(), link);
  let pipe: HandleClasses | undefined;
  const onStream = streamCounter(link);

  return (server, query, callback) => {
    const wanted = toListenQuery(server, query);
    // A socket that was closed by the time of the answer has no handle any more.
    const udpClass = wanted.kind.startsWith('udp') ? udpHandleClass(server) : undefined;
    const key = [wanted.kind, wanted.address, wanted.port, wanted.ipv6Only].join('|');
    const index = indexes.take(key);
    const listeningId = server._listeningId;
    /** Whether the app has not closed it meanwhile: then it is not told of a failure, as without a primary to ask there is none. */
    const isWanted = (): boolean =>
      udpClass === undefined ? server._listeningId === listeningId : isUdpOpen(server);

    // Bound to the async context in which the server began to listen, as what comes of it is in Node.
    const answer: ListenAnswer = AsyncResource.bind((result, fd) => {
      if ('errno' in result) {
        indexes.free(key, index);
        if (isWanted()) fail(server, query, wanted, result, callback);
        return;
      }
      let isOpen = true;
      const onClose = (): void => {
        isOpen = false;
        indexes.free(key, index);
      };
      // After the app's own listeners of `listening`, and what these have awaited: they may throw, or close the server at once.
      setImmediate(() => {
        if (isOpen) link.reportListening(result.listener);
      });
      const giveUp = (errno: number): void => {
        onClose();
        link.leaveListener(result.listener);
        if (isWanted()) fail(server, query, wanted, { errno, address: wanted.address }, callback);
      };
      takeSharedData(server, result.data);
      if (udpClass !== undefined) {
        const handle = openUdp(udpClass, fd, () => {
          onClose();
          link.leaveListener(result.listener);
        });
        // One that was closed meanwhile closes it at once.
        if (typeof handle !== 'number') callback(0, handle);
        else giveUp(handle);
        return;
      }
      const classes = result.address === undefined ? (pipe ??= handleClasses(pipeHandleClass(), link)) : tcp;
      const owner = {
        retain: () => link.retain(),
        release: () => link.release(),
        own: (...own: Parameters<PrimaryLink['own']>) => link.own(...own),
        disown: (own: number) => link.disown(own),
        stopAccepting: (...stopped: Parameters<PrimaryLink['stopAccepting']>) =>
          link.stopAccepting(...stopped),
        get mayAccept() {
          return link.mayAccept;
        },
        closed: (handle: WorkerListener) => {
          onClose();
          link.closed(handle);
        },
      };
      const { counter } = result;
      let handle: WorkerListener | number;
      if (counter === undefined) {
        handle = new ListenHandle(result, server, owner, classes.connection);
      } else if (fd < 0) {
        handle = -constants.errno.EMFILE; // it was sent, but this process had no room for it
      } else {
        handle = openOwnListenHandle(classes, fd, { ...result, counter }, server, owner);
      }
      if (typeof handle === 'number') return giveUp(handle);
      link.attach(handle);
      if (trackSessions(server, onStream) && link.figures) watchClassOf(server, link.figures);
      callback(0, handle);
    });
    link.listen({ ...wanted, index }, answer);
  };
}

function toListenQuery(server: ServerInternals, query: ServerQuery): Omit<ListenQuery, 'index'> {
  const flags = query.flags ?? 0;
  const kind = kindOf(query);
  const isDescriptor = kind === 'fd' || kind === 'udp-fd';
  return {
    kind,
    address: kind === 'unix' ? absolutePath(query.address ?? '') : (query.address ?? ''),
    port: toCount(isDescriptor ? query.fd : kind === 'unix' ? 0 : query.port),
    backlog: toCount(query.backlog),
    ipv6Only: (flags & queryFlags.ipv6Only) !== 0,
    reuseAddress: (flags & queryFlags.udpReuseAddress) !== 0,
    readableAll: query.readableAll === true,
    writableAll: query.writableAll === true,
    isForRequest: listensForRequest(server),
    data: dataToShare(server),
  };
}

/** Apps pass numbers as text too, and a negative backlog; Node's bindings take them as this does. */
function toCount(value: unknown): number {
  return Math.min(Math.max(0, Math.trunc(Number(value) || 0)), 0xffff_ffff);
}

function kindOf({ address, addressType, fd }: ServerQuery): ListenKind {
  const isUdp = addressType === 'udp4' || addressType === 'udp6';
  if (typeof fd === 'number' && fd >= 0) return isUdp ? 'udp-fd' : 'fd';
  if (isUdp) return addressType;
  if (addressType === -1) return 'unix';
  if (!address) return 'any';
  return addressType === 6 ? 'tcp6' : 'tcp4';
}

/** The primary may have another working directory. Abstract names (unix(7)) are none of the file system's. */
function absolutePath(name: string): string {
  return name.startsWith('\0') ? name : path.resolve(name);
}

function fail(
  server: ServerInternals,
  query: ServerQuery,
  wanted: Omit<ListenQuery, 'index'>,
  failure: ListenFailure,
  callback: GetServerCallback,
): void {
  if (failure.limit !== undefined) {
    const error = new BatonError('BATON_LISTENER_LIMIT', [describe(wanted), failure.limit]);
    process.nextTick(() => server.emit('error', error));
  } else if (wanted.kind.startsWith('udp')) callback(failure.errno, null);
  else failListen(server, query, wanted.kind === 'any' ? failure.address : query.address, failure.errno);
}

function describe({ kind, address, port }: Omit<ListenQuery, 'index'>): string {
  return kind === 'unix' ? address : `${kind} ${address}:${port}`;
}

/**
 * UDP has no connections to hand over: every worker reads from the same socket, as under node:cluster. Takes the descriptor. `onClose`: the
 * handle was closed. Returns a negative errno where there is none.
 */
function openUdp(udpClass: SocketHandleClass, fd: number, onClose: () => void): SocketHandle | number {
  if (fd < 0) return -constants.errno.EMFILE; // it was sent, but this process had no room for it
  const handle = new udpClass();
  const error = handle.open(fd);
  const close = handle.close.bind(handle);
  if (error !== 0) {
    closeSync(fd);
    close();
    return error;
  }
  handle.close = (done) => {
    onClose();
    close(done);
  };
  return handle;
}

/** Numbers the servers of this worker that ask for the same address, so that each worker's n-th shares a listener. */
class Indexes {
  readonly #taken = new Map<string, Set<number>>();

  take(key: string): number {
    const taken = this.#taken.get(key) ?? new Set();
    this.#taken.set(key, taken);
    let index = 0;
    while (taken.has(index)) index++;
    taken.add(index);
    return index;
  }

  free(key: string, index: number): void {
    const taken = this.#taken.get(key);
    taken?.delete(index);
    if (taken?.size === 0) this.#taken.delete(key);
  }
}
