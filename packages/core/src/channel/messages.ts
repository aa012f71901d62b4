import { isCount } from './is-count.js';
import { parseMessageRecord, type MessagePart, type MessagesTaken } from './message-records.js';
import { parseMetricsMessage, type MetricsMessage } from './metric-messages.js';

/**
 * What a worker and the primary tell each other besides handing sockets over. Each is the JSON of one control record.
 * A socket that goes with a message travels in the same record.
 */

/** The kinds of address that `cluster._getServer` is asked for. */
export type ListenKind = 'tcp4' | 'tcp6' | 'any' | 'unix' | 'fd' | 'udp4' | 'udp6' | 'udp-fd';

/** What a worker wants to listen on. Workers that ask for the same get the same listener. */
export interface ListenQuery {
  kind: ListenKind;
  /** Numeric address, or path. Empty for kind `any` (all addresses, IPv6 and IPv4) and for descriptors. */
  address: string;
  /** Port; for `fd` and `udp-fd` the descriptor, in the primary. */
  port: number;
  /** Tells apart equal queries of one worker, e.g. two servers that listen on port 0. */
  index: number;
  backlog: number;
  ipv6Only: boolean;
  /** SO_REUSEADDR, for UDP. TCP listeners always have it, as in Node. */
  reuseAddress: boolean;
  /** Permissions of a Unix path, for everybody. */
  readableAll: boolean;
  writableAll: boolean;
  /** Whether the app listens as it answers a request: such a listener is none that a start of the app opens. */
  isForRequest: boolean;
  /** Data that all workers of a listener share: those of the first that has any are kept. TLS ticket keys, unless the app sets them. */
  data?: unknown;
}

export interface ListenRequest extends ListenQuery {
  type: 'listen';
  request: number;
}

/**
 * A server or UDP socket of the worker listens, and the app has heard its `listening`; or a server accepts from now on what comes
 * to it.
 */
export interface ListeningNotice {
  type: 'listening';
  listener: number;
  /** In listener handoff: whether it accepts. Before the worker is ordered to, it does not. */
  accepts: boolean;
}

/** The app says that it is ready. */
export interface ReadyNotice {
  type: 'ready';
}

/** The app has thrown what nobody caught, and the worker is about to end. */
export interface FailedNotice {
  type: 'failed';
  /** The error with its stack, as Node prints it. */
  error: string;
}

/** The worker's answer to the probe of that number: its event loop turns. */
export interface AliveNotice {
  type: 'alive';
  probe: number;
}

export const cutOffKinds = ['requests', 'http2', 'upgraded', 'tls', 'idle', 'other'] as const;
/**
 * What a connection was in the middle of when it was cut off: `requests`, HTTP/1 requests; `http2`, a session; `upgraded`, what it was
 * upgraded to, such as WebSocket; `tls` and `idle`, nothing, as HTTP/1 between two requests, with TLS, and without but for some reason
 * not to be given back; `other`, a protocol that is not HTTP.
 * @useDeclaredType
 */
export type CutOffKind = (typeof cutOffKinds)[number];

/** How many connections were cut off, together and by kind. */
export interface CutOff {
  /** All of them. */
  connections: number;
  /** How many of each kind there were; a kind of which there was none is missing. */
  kinds: Partial<Record<CutOffKind, number>>;
}

/**
 * A signal has come to this worker from outside, and nobody has heard it: the primary knows whether it has come to all, and what is to
 * be done.
 */
export interface SignalNotice {
  type: 'signal';
  signal: OutsideSignal;
  /** When it came, in milliseconds of CLOCK_MONOTONIC. */
  atMs: number;
  /** Whether the app listens for it. */
  isHeard: boolean;
}

/** The worker has heard that the service stops. */
export interface StoppingNotice {
  type: 'stopping';
  /** Whether the app has a listener for the signal, and so a say in when it takes no more connections. */
  isHeard: boolean;
}

/** The time to drain is over, and these connections were closed that had not come to their end. */
export interface CutOffNotice extends CutOff {
  type: 'cut-off';
}

/** Worker → primary. */
export type WorkerMessage =
  | ListenRequest
  | ListeningNotice
  | ReadyNotice
  | FailedNotice
  | AliveNotice
  | SignalNotice
  | StoppingNotice
  | CutOffNotice
  | MetricsMessage
  | MessagePart
  | MessagesTaken;

/** Signals of which workers tell the primary. */
export const outsideSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGTTIN', 'SIGTTOU', 'SIGUSR2'] as const;
export type OutsideSignal = (typeof outsideSignals)[number];

/** A listener as a worker sees it. */
export interface ListenerGrant {
  listener: number;
  /** In listener handoff: under which number the worker counts what it accepts. The listening socket comes with the answer. */
  counter?: number;
  /** For `server.address()`. Absent for Unix sockets, and only for them. */
  address?: { family: string; address: string; port: number };
  data?: unknown;
}

/** Why there is no listener: a negative errno, as in Node, and the address that was tried last. */
export interface ListenFailure {
  errno: number;
  address: string;
  /** The primary has as many listeners as it may. */
  limit?: number;
}

/** The answer to the listen request of that number. A socket for the worker itself comes with it. */
export type ListenResult = { type: 'listen-result'; request: number } & (ListenerGrant | ListenFailure);

/** In listener handoff: the worker gets connections from now on, and is to accept what comes to its listeners. */
export interface AcceptOrder {
  type: 'accept';
}

/** The worker is to answer as soon as its event loop turns. */
export interface ProbeOrder {
  type: 'probe';
  probe: number;
}

/**
 * The worker is to end: to give its idle connections back for others to have, and finish its requests. What is left after `timeoutMs`
 * it closes. Then the app hears the first of the `signals` for which it listens, and has `exitMs` to end by itself.
 */
export interface DrainOrder {
  type: 'drain';
  signals: NodeJS.Signals[];
  timeoutMs: number;
  exitMs: number;
}

/**
 * The service stops: the app hears the first of the `signals` for which it listens at once, while the worker still gets connections, and
 * is to have ended after `exitMs`. Once the app has closed its servers, `timeoutMs` is what a `FinishOrder` would say.
 */
export interface StopOrder {
  type: 'stop';
  signals: NodeJS.Signals[];
  timeoutMs: number;
  exitMs: number;
}

/**
 * The service stops, and nothing new comes: the worker is to finish its requests within `timeoutMs`. Nobody is left to give anything to.
 */
export interface FinishOrder {
  type: 'finish';
  timeoutMs: number;
}

/** The signal of which the worker has told has come to it alone: the app is to hear it, or it has its default effect. */
export interface SignalOrder {
  type: 'signal';
  signal: OutsideSignal;
}

/** The worker is to tell the values of its app's metrics now. */
export interface GatherOrder {
  type: 'gather';
  gather: number;
  /** The answer is of use if it comes within that time. */
  withinMs: number;
  /** What the metrics are called is to be told again, too: there may be room now for what was refused. */
  isAnew: boolean;
}

/** Whether the primary's owner hears the app's messages from now on; those that he does not hear are not to be sent. */
export interface MessagesHeard {
  type: 'messages-heard';
  isHeard: boolean;
}

/** The worker is to open its inspector: its port is free now. */
export interface InspectOrder {
  type: 'inspect';
}

/** Primary → worker. */
export type PrimaryMessage =
  | ListenResult
  | AcceptOrder
  | ProbeOrder
  | DrainOrder
  | StopOrder
  | FinishOrder
  | SignalOrder
  | GatherOrder
  | InspectOrder
  | MessagePart
  | MessagesTaken
  | MessagesHeard;

const orders: readonly string[] = [
  'listen-result',
  'accept',
  'probe',
  'drain',
  'stop',
  'finish',
  'signal',
  'gather',
  'inspect',
  'messages',
  'messages-taken',
  'messages-heard',
] satisfies PrimaryMessage['type'][];

const kinds: readonly string[] = [
  'tcp4',
  'tcp6',
  'any',
  'unix',
  'fd',
  'udp4',
  'udp6',
  'udp-fd',
] satisfies ListenKind[];

/** Reads a worker's message. `undefined` if it is none: a worker is not believed. */
export function parseWorkerMessage(payload: string): WorkerMessage | undefined {
  const message = parseObject(payload);
  switch (message?.['type']) {
    case 'listening':
      return isCount(message['listener']) && typeof message['accepts'] === 'boolean'
        ? (message as unknown as ListeningNotice)
        : undefined;
    case 'ready':
      return { type: 'ready' };
    case 'failed':
      return typeof message['error'] === 'string' ? (message as unknown as FailedNotice) : undefined;
    case 'alive':
      return isCount(message['probe']) ? (message as unknown as AliveNotice) : undefined;
    case 'signal':
      return isOutsideSignal(message['signal']) &&
        typeof message['atMs'] === 'number' &&
        typeof message['isHeard'] === 'boolean'
        ? (message as unknown as SignalNotice)
        : undefined;
    case 'stopping':
      return typeof message['isHeard'] === 'boolean' ? (message as unknown as StoppingNotice) : undefined;
    case 'cut-off':
      return isCutOff(message) ? (message as unknown as CutOffNotice) : undefined;
    case 'listen':
      return isListenRequest(message) ? (message as unknown as ListenRequest) : undefined;
    default:
      return message && (parseMetricsMessage(message) ?? parseMessageRecord(message));
  }
}

/** Reads the primary's message. */
export function parsePrimaryMessage(payload: string): PrimaryMessage | undefined {
  const message = parseObject(payload);
  return orders.includes(String(message?.['type'])) ? (message as unknown as PrimaryMessage) : undefined;
}

function isOutsideSignal(value: unknown): boolean {
  return (outsideSignals as readonly unknown[]).includes(value);
}

function isCutOff({ connections, kinds }: Record<string, unknown>): boolean {
  if (!isCount(connections) || typeof kinds !== 'object' || kinds === null) return false;
  const known: readonly string[] = cutOffKinds;
  return Object.entries(kinds).every(([kind, count]) => known.includes(kind) && isCount(count));
}

function isListenRequest(message: Record<string, unknown>): boolean {
  return (
    typeof message['kind'] === 'string' &&
    kinds.includes(message['kind']) &&
    typeof message['address'] === 'string' &&
    ['request', 'port', 'index', 'backlog'].every((name) => isCount(message[name])) &&
    ['ipv6Only', 'reuseAddress', 'readableAll', 'writableAll', 'isForRequest'].every(
      (name) => typeof message[name] === 'boolean',
    )
  );
}

function parseObject(payload: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
