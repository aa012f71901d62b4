/**
 * Everything of Node that Baton uses without Node promising it, in one place. The seam is Node's own: `net` and `dgram`
 * call `cluster._getServer` on what `require('cluster')` returns whenever `cluster.isPrimary` is false.
 */
import { executionAsyncResource } from 'node:async_hooks';
import cluster, { type Worker } from 'node:cluster';
import dgram from 'node:dgram';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import { BatonError } from '../errors.js';
import { manyVacancies } from '../native.js';

/** What `net.Server.listen` and `dgram.Socket.bind` ask `cluster._getServer` for. */
export interface ServerQuery {
  /** Numeric address or path; null for all addresses, and for descriptors. */
  address: string | null;
  /** -1 for paths; null for descriptors. */
  port: number | null;
  addressType: 4 | 6 | -1 | 'udp4' | 'udp6' | null;
  fd?: number;
  flags?: number | null;
  backlog?: number | false;
  readableAll?: boolean;
  writableAll?: boolean;
}

/** libuv's bits in `ServerQuery.flags`: UV_TCP_IPV6ONLY and UV_UDP_IPV6ONLY, UV_UDP_REUSEADDR. */
export const queryFlags = { ipv6Only: 1, udpReuseAddress: 4 } as const;

/** The parts of a `net.Server` or `dgram.Socket` that are used behind its public face. */
export type ServerInternals = (net.Server | dgram.Socket) & {
  _handle?: object | null;
  /** Changes at each listen() and close(): tells a late answer from one still wanted. */
  _listeningId?: number;
  /** How many connections are open; what getConnections() tells. */
  _connections?: number;
  maxConnections?: number | null;
  /** At `maxConnections`, connections are closed, not passed on. Node 20 does not know it: there it is ours. */
  dropMaxConnection?: boolean;
  /** Is called when a connection has ended. */
  _emitCloseIfDrained?(): void;
  _listen2?(
    address: string | null,
    port: number | null,
    addressType: unknown,
    backlog: unknown,
    fd: unknown,
    flags: unknown,
  ): void;
  /** TLS ticket keys, of a server over TLS. */
  _getServerData?(): unknown;
  _setServerData?(data: unknown): void;
  /** Those that the app has given as an option. */
  ticketKeys?: Buffer;
};

/** `err` is a negative errno; with 0 the handle becomes the server's own. */
export type GetServerCallback = (err: number, handle: object | null) => void;
export type GetServer = (server: ServerInternals, query: ServerQuery, callback: GetServerCallback) => void;

/** Servers whose ticket keys the app has set by `setTicketKeys()`. */
const withTicketKeys = new WeakSet<object>();

/** Sees which servers the app gives ticket keys to: they cannot be told from the random ones that Node makes. */
export function watchTicketKeys(): void {
  const { prototype } = tls.Server;
  const setTicketKeys: (this: tls.Server, keys: Buffer) => void = Reflect.get(prototype, 'setTicketKeys');
  prototype.setTicketKeys = function (keys) {
    setTicketKeys.call(this, keys);
    withTicketKeys.add(this);
  };
}

/**
 * What all workers must share for TLS sessions to resume on any of them: the ticket keys that Node has made up. Keys that the app
 * gives are the app's business, and may be others in its next version.
 */
export function dataToShare(server: ServerInternals): unknown {
  return hasTicketKeys(server) ? undefined : server._getServerData?.();
}

/** Takes what another worker has to share. */
export function takeSharedData(server: ServerInternals, data: unknown): void {
  if (data === undefined || hasTicketKeys(server)) return;
  server._setServerData?.(data);
  withTicketKeys.delete(server); // those are not the app's
}

function hasTicketKeys(server: ServerInternals): boolean {
  return server.ticketKeys !== undefined || withTicketKeys.has(server);
}

/** libuv's handle of a socket, as `net.Socket` and `dgram.Socket` own it. */
export interface SocketHandle {
  /** -1 once closed. */
  readonly fd: number;
  /** Bytes that wait to be written. */
  readonly writeQueueSize?: number;
  /** Takes the fd. 0, or a negative errno. */
  open(fd: number): number;
  close(callback?: () => void): void;
  /** Closes with RST instead of FIN; TCP only. 0, or a negative errno. */
  reset(callback?: () => void): number;
}
export type SocketHandleClass = new (type?: number) => SocketHandle;

/** `TCPConstants.SOCKET` and `PipeConstants.SOCKET`; `TCPConstants.SERVER` and `PipeConstants.SERVER`. */
export const socketHandleType = 0;
export const serverHandleType = 1;

/** libuv's handle of a listening socket, as `net.Server` owns it: the same classes as for connections. */
interface ServerHandle extends SocketHandle {
  /** Set by net.Server. */
  onconnection?: ((status: number, client: SocketHandle) => void) | undefined;
  /** 0, or a negative errno. */
  listen(backlog: number): number;
  hasRef(): boolean;
  ref(): void;
  unref(): void;
}
export type ServerHandleClass = new (type: number) => ServerHandle;

/** The class of listening handles is that of connections'. */
export function serverHandleClass(socketClass: SocketHandleClass): ServerHandleClass {
  return socketClass as unknown as ServerHandleClass;
}

/** The class is documented, but missing in the types. */
const { Worker: WorkerClass } = cluster as unknown as { Worker: new (options: object) => Worker };

const netServer = net.Server.prototype as ServerInternals;

/** Node's own listener for `connection`, which reads HTTP/1 on it: that of every `http.Server`. */
const [http1Listener] = new http.Server().listeners('connection');

/** Whether Node reads HTTP/1 on each of the server's connections, beginning with its first byte. */
export function readsHttp1(server: ServerInternals): boolean {
  return http1Listener !== undefined && server.listeners('connection').includes(http1Listener);
}

/** To Node 20, 0 is no limit. */
const isZeroALimit = Number.parseInt(process.versions.node) > 20;

/** How many more connections the server takes before it is at `maxConnections`, where Node would close the next; `manyVacancies` at most. */
export function vacanciesOf(server: ServerInternals): number {
  const { maxConnections: most } = server;
  if (most == null || server.dropMaxConnection || (most === 0 && !isZeroALimit)) return manyVacancies;
  const vacancies = Math.ceil(most - (server._connections ?? 0));
  return vacancies < manyVacancies ? Math.max(vacancies, 0) : manyVacancies;
}

/** A `ServerResponse`, with what is used behind its public face. */
export type ResponseInternals = ServerResponse & {
  /** The head, once it is made; it is sent with the first of the body. */
  _header?: string | null;
  /** The connection ends with it. */
  _last?: boolean;
  /** What waits to be sent. */
  outputData?: { data: unknown }[];
};

/** A response's head as it was sent. `getHeader()` does not know what `writeHead()` alone was given. */
export function headOf({ _header }: ResponseInternals): string {
  return _header ?? '';
}

const connectionField = /^(Connection: *)(?:keep-alive|close) *\r\n(?:Keep-Alive: .*\r\n)?/im;

/** Whether its head is on its way already. */
export function isHeadSent(response: ResponseInternals): boolean {
  const { _header: head, outputData: [first] = [], socket } = response;
  if (head == null) return false;
  // Else responses before it are under way, and all of it waits for them: its head is the first of what waits.
  return socket !== null || typeof first?.data !== 'string' || !first.data.startsWith(head);
}

/** Has the connection end with a response whose head is not sent, or go on after it, and the response say so. */
export function endConnectionWith(response: ResponseInternals, ends: boolean): void {
  const { _header: head, outputData: [first] = [] } = response;
  response.shouldKeepAlive = !ends;
  if (head == null || first === undefined) return; // it is made of that
  response._header = sayWhether(ends, head);
  first.data = response._header + String(first.data).slice(head.length);
  response._last = ends;
}

/** The same where the head is made, and nothing else is done with it yet. Upgrades stay what they are. */
export function endConnectionWithHead(response: ResponseInternals): void {
  const head = headOf(response);
  if (!connectionField.test(head)) return;
  response._header = sayWhether(true, head);
  response._last = true;
  response.shouldKeepAlive = false;
}

function sayWhether(ends: boolean, head: string): string {
  return head.replace(connectionField, `$1${ends ? 'close' : 'keep-alive'}\r\n`);
}

/** Throws BATON_UNSUPPORTED_NODE where this Node lacks what is used here. */
export function checkNodeInternals(): void {
  const missing = [
    [typeof WorkerClass === 'function', 'cluster.Worker'],
    [typeof netServer._listen2 === 'function', 'net.Server#_listen2'],
    [typeof netServer._emitCloseIfDrained === 'function', 'net.Server#_emitCloseIfDrained'],
    [
      typeof (process as Partial<ActiveHandles>)._getActiveHandles === 'function',
      'process._getActiveHandles',
    ],
    [http1Listener !== undefined, "http.Server's listener for connection"],
    ['_header' in new http.OutgoingMessage(), 'http.OutgoingMessage#_header'],
  ].filter(([present]) => !present);
  if (missing.length > 0) {
    throw new BatonError('BATON_UNSUPPORTED_NODE', [
      process.version,
      `it lacks ${missing.map(([, name]) => name).join(', ')}`,
    ]);
  }
}

/** Makes this process a cluster worker in Node's eyes, and in those of `import cluster` and `require('cluster')`. */
export function becomeClusterWorker(slot: number, getServer: GetServer): Worker {
  const target = cluster as unknown as Record<string, unknown>;
  const worker = new WorkerClass({ id: slot + 1, process, state: 'online' });
  // A worker's cluster object has none of these in Node either.
  for (const name of [
    'fork',
    'setupPrimary',
    'setupMaster',
    'disconnect',
    'workers',
    'settings',
    'SCHED_NONE',
    'SCHED_RR',
    'schedulingPolicy',
  ]) {
    delete target[name];
  }
  Object.assign(target, { isPrimary: false, isMaster: false, isWorker: true, worker, _getServer: getServer });
  syncBuiltinESMExports();
  return worker;
}

/** By which each handle has its owner: one for all, so that only the first is searched for it. */
let ownerSymbol: symbol | undefined;

/** The `net.Socket` that owns the handle. */
export function ownerOf(handle: object): ConnectionInternals | undefined {
  ownerSymbol ??= Object.getOwnPropertySymbols(handle).find(
    ({ description }) => description === 'owner_symbol',
  );
  const owner = ownerSymbol && (handle as Record<symbol, ConnectionInternals | null>)[ownerSymbol];
  return owner ?? undefined; // null once it is closed
}

/** Whether `child.send(…, socket)` has taken the handle from its `net.Socket`, which it does before it closes it. */
export function isGivenAway(handle: object): boolean {
  const owner = ownerOf(handle);
  return owner?._handle === null && !owner.destroyed;
}

/** Reads a connection's HTTP/1. */
interface HttpParser {
  /** By whose server it knows of which class requests are to be. */
  socket?: net.Socket | null;
  /** The request that is being read. */
  incoming?: IncomingMessage | null;
  /** Called with each request, as soon as its head is read. */
  onIncoming?: ((request: IncomingMessage, keepsAlive: boolean) => number) | null | undefined;
  execute(data: Buffer): unknown;
}

/** The parts of an accepted `net.Socket` that are used behind its public face. */
export type ConnectionInternals = net.Socket & {
  _handle?: (SocketHandle & object) | null;
  /** The response that is being written. */
  _httpMessage?: ServerResponse | null;
  parser?: HttpParser | null;
  /** Whose connection it is; of a client's socket there is none. */
  server?: ServerInternals | null;
  /** Who has accepted it. The app may let another server read it, which is its `server` then. */
  _server?: ServerInternals | null;
};

/** Servers whose app has last called listen() as it answered a request. */
const listeningForRequest = new WeakSet<object>();

/** Sees where listen() is called from: where Node asks for the listener, it may have looked a host name up in between. */
export function watchListen(): void {
  const { prototype } = net.Server;
  // A proxy has the name, the length and the text of what is behind it.
  const listen: object = Reflect.get(prototype, 'listen');
  prototype.listen = new Proxy(listen as typeof prototype.listen, {
    apply(target, server: net.Server, args) {
      if (isInRequest()) listeningForRequest.add(server);
      else listeningForRequest.delete(server);
      return Reflect.apply(target, server, args) as net.Server;
    },
  });
}

export function listensForRequest(server: object): boolean {
  return listeningForRequest.has(server);
}

/** Whether this runs in a server's `request` listener, or in what that has called. Not after it has awaited something. */
function isInRequest(): boolean {
  const { type, socket } = executionAsyncResource() as { type?: string; socket?: ConnectionInternals | null };
  return type === 'HTTPINCOMINGMESSAGE' && socket?.server != null;
}

interface ActiveHandles {
  _getActiveHandles(): object[];
}

/** Servers' open sockets that the app has unref()ed: Node's list of handles leaves them out. */
const unreferenced = new Set<ConnectionInternals>();

function forgetUnreferenced(this: ConnectionInternals): void {
  unreferenced.delete(this);
}

/** Sees which sockets the app unref()s. Those are few, if any, so that this costs others nothing. */
export function watchUnref(): void {
  const { prototype } = net.Socket;
  const unref: (this: net.Socket) => net.Socket = Reflect.get(prototype, 'unref');
  prototype.unref = function (this: ConnectionInternals) {
    const isServers = this.server != null || this._server != null;
    if (isServers && !this.destroyed && !unreferenced.has(this)) {
      unreferenced.add(this);
      this.once('close', forgetUnreferenced);
    }
    return unref.call(this);
  };
}

/** The sockets of this process that are open. */
export function openConnections(): ConnectionInternals[] {
  const handles = (process as unknown as ActiveHandles)._getActiveHandles();
  const sockets = handles.filter((handle) => handle instanceof net.Socket);
  return [...new Set([...sockets, ...unreferenced])]; // some may have been ref()ed again
}

/** Those of libuv's streams that are sockets. */
const streamClasses: SocketHandleClass[] = [];

/**
 * The handle of a connection that is nothing but a socket: there is no TLS in between, whose handles have all that those of the
 * sockets beneath them have.
 */
export function plainHandle({ _handle: handle }: ConnectionInternals): SocketHandle | undefined {
  if (!handle || !streamClasses.some((streamClass) => handle instanceof streamClass)) return undefined;
  return handle.fd >= 0 ? handle : undefined;
}

type Destroy = (this: ConnectionInternals, error?: Error | null, callback?: unknown) => net.Socket;

/** Whether a socket may be destroyed, other than for an error, while `destroyOnly()` runs. */
let mayBeDestroyed: ((socket: ConnectionInternals) => boolean) | undefined;

/**
 * Has `net.Socket`s ask that. Once and for all: a prototype that is changed while the app runs makes V8 throw away what it has learned
 * of sockets, and all of Node is slower from then on.
 */
export function watchDestroy(): void {
  const inherited = Object.getPrototypeOf(net.Socket.prototype) as { destroy: Destroy };
  const destroy: Destroy = function destroy(error, callback) {
    if (mayBeDestroyed !== undefined && !error && !mayBeDestroyed(this)) return this;
    return inherited.destroy.call(this, error, callback);
  };
  net.Socket.prototype.destroy = destroy;
  watchCloseIdle();
}

/**
 * Runs an `action` that destroys idle connections, and lets it destroy only those of which `may` says so: thus Node itself says
 * which are idle, by `http.Server`'s `closeIdleConnections()`, or by its `close()`, which calls it. Sockets that are not those
 * `servers`' are none of its business, whatever the app does when it hears of a close.
 */
export function destroyOnly(
  servers: ReadonlySet<object>,
  may: (socket: ConnectionInternals) => boolean,
  action: () => void,
): void {
  const outer = mayBeDestroyed;
  mayBeDestroyed = (socket) => socket.server == null || !servers.has(socket.server) || may(socket);
  try {
    action();
  } finally {
    mayBeDestroyed = outer;
  }
}

/** Whose idle connections are guarded, and what may be destroyed of them. */
let guarded: { servers: ReadonlySet<object>; may: (socket: ConnectionInternals) => boolean } | undefined;

/**
 * From here on asks `may` whether a connection of these servers may be destroyed that Node takes for idle, whoever calls for that:
 * `http.Server`'s `close()` does.
 */
export function guardIdle(servers: ReadonlySet<object>, may: (socket: ConnectionInternals) => boolean): void {
  guarded = { servers, may };
}

function watchCloseIdle(): void {
  const { prototype } = http.Server;
  const closeIdle: (this: http.Server) => void = Reflect.get(prototype, 'closeIdleConnections');
  prototype.closeIdleConnections = function closeIdleConnections() {
    if (mayBeDestroyed !== undefined || !guarded?.servers.has(this)) return closeIdle.call(this);
    destroyOnly(guarded.servers, guarded.may, () => closeIdle.call(this));
  };
}

/** Who waits for each server to have no connection. */
const waiting = new WeakMap<ServerInternals, (() => void)[]>();

/** Resolves when no connection of the server is left, now or later, and it has told of that. It may listen on. */
export function isEmpty(server: ServerInternals): Promise<void> {
  return new Promise((resolve) => {
    if (!server._connections) return resolve();
    const others = waiting.get(server);
    if (others) return void others.push(resolve);
    const waiters = [resolve];
    waiting.set(server, waiters);
    server._emitCloseIfDrained = function () {
      netServer._emitCloseIfDrained?.call(this);
      if (this._connections) return;
      delete this._emitCloseIfDrained; // Node's own again
      waiting.delete(this);
      // It emits `close` in between, if that is due.
      setImmediate(() => waiters.forEach((wake) => wake()));
    };
  });
}

/** The connections on which a server speaks HTTP/1: those that `http.Server#closeAllConnections()` would destroy. */
export function httpConnections(server: object): ConnectionInternals[] {
  const found: ConnectionInternals[] = [];
  const collect = (socket: ConnectionInternals): boolean => {
    found.push(socket);
    return false;
  };
  // An HTTP/2 server that speaks HTTP/1 too has such connections, but no method for them.
  destroyOnly(new Set([server]), collect, () =>
    http.Server.prototype.closeAllConnections.call(server as http.Server),
  );
  return found;
}

/** Of the requests that come on the connection from here on, only those that `mayCome` are the app's; of others nobody hears. */
export function guardRequests({ parser }: ConnectionInternals, mayCome: () => boolean): void {
  const onIncoming = parser?.onIncoming;
  if (!parser || !onIncoming) return;
  parser.onIncoming = (request, keepsAlive) => {
    if (mayCome()) return onIncoming(request, keepsAlive);
    request.resume();
    return 0;
  };
}

const anyRequest = Buffer.from('GET / HTTP/1.1\r\n\r\n');

/**
 * Lets Node take a connection for idle, not for a fresh one whose first request must come soon: its parser reads a request, of
 * which nobody hears.
 */
export function takeForIdle({ parser }: ConnectionInternals): void {
  if (!parser) return;
  const { onIncoming, socket = null } = parser;
  parser.onIncoming = () => 0;
  parser.socket = null; // of the app's class there is none then
  parser.execute(anyRequest);
  parser.incoming = null;
  Object.assign(parser, { onIncoming, socket });
}

/** The classes of handles, which Node does not export: taken from sockets that are never used. */
export function tcpHandleClass(): SocketHandleClass {
  return streamHandleClass({ host: '127.0.0.1', port: 1 });
}

export function pipeHandleClass(): SocketHandleClass {
  return streamHandleClass({ path: '\0baton/nobody' });
}

/** Of the socket that is to be bound: one made only for its class would show among the process's resources. */
export function udpHandleClass(socket: object): SocketHandleClass {
  return classOf(udpHandleOf(socket), 'dgram.Socket');
}

/** Whether a `dgram.Socket` has not been closed. */
export function isUdpOpen(socket: object): boolean {
  return udpHandleOf(socket) != null;
}

function udpHandleOf(socket: object): SocketHandle | null | undefined {
  const properties = socket as Record<symbol, { handle?: SocketHandle | null } | undefined>;
  const state = Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === 'state symbol');
  return state && properties[state]?.handle;
}

function streamHandleClass(target: net.SocketConnectOpts): SocketHandleClass {
  const socket = new net.Socket();
  socket.on('error', () => {});
  socket.connect(target);
  const handle = (socket as unknown as { _handle?: SocketHandle | null })._handle;
  socket.destroy();
  const streamClass = classOf(handle, 'net.Socket');
  streamClasses.push(streamClass);
  return streamClass;
}

function classOf(handle: SocketHandle | null | undefined, owner: string): SocketHandleClass {
  if (typeof handle?.open !== 'function') {
    throw new BatonError('BATON_UNSUPPORTED_NODE', [process.version, `a ${owner} has no handle with open()`]);
  }
  return handle.constructor as SocketHandleClass;
}

/**
 * Lets a server fail to listen in Node's own words. An error given to `_getServer`'s callback would read
 * `bind EADDRINUSE null:3000`; a handle whose listen() fails gives what an app without cluster sees.
 */
export function failListen(
  server: ServerInternals,
  query: ServerQuery,
  address: string | null,
  errno: number,
): void {
  server._handle = { listen: () => errno, close: () => {} };
  server._listen2?.(address, query.port, query.addressType, query.backlog, query.fd, query.flags);
}
