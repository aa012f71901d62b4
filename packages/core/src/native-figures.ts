import type { Errno } from './native.js';

/** Why a connection that was offered to a worker went to another one. */
export interface RevokedFigures {
  /** The worker ended before it had claimed it. */
  workerGone: number;
  /** Its event loop did not turn for `stallAfterMs`. */
  stalled: number;
  /** It had closed its server. */
  declined: number;
  /** It had no room for a file descriptor. */
  noFds: number;
  /** It was told to drain. */
  draining: number;
  /** Nobody claimed it within `queueTimeoutMs`; it was closed instead. */
  queueTimeout: number;
  /** Its server had `maxConnections`. */
  full: number;
}

/** The figures of one slot, over all the workers it has had. */
export interface SlotFigures {
  /** The slot's number, from 0. */
  slot: number;
  /** Offers that became the worker's connections. */
  claimed: number;
  /** Of those, the ones that another worker had claimed before, and given back, or died. */
  reclaimed: number;
  /** Of those, the ones that the worker had not touched when it was killed: each was offered to another. */
  recovered: number;
  /** And those of which it had read or written something, but had not begun with a request. They were closed. */
  unrecovered: number;
  /** Offers that did not. */
  revoked: RevokedFigures;
  /** Offers that are neither yet. */
  open: number;
  /** Connections that its workers gave back, as they drained, were ordered to, or had accepted one too many: each is offered to another. */
  givenBack: number;
  /** Of those, the ones that a worker was ordered to give, since it had more than its share. */
  rebalanced: number;
  /** And those that were lost on the way, since the primary had no room for a file descriptor. */
  givenBackLost: number;
  /** Connections that the worker accepted by itself, from listeners that it was handed. */
  ownAccepted: number;
  /** Listeners that it was handed and took. */
  listenersClaimed: number;
  /** Listeners that it was handed and did not take. */
  listenersRevoked: number;
  /** Open connections now, those on their way included. */
  connections: number;
  /** HTTP requests that are being answered now. */
  requests: number;
  /** How long its workers have been stalled. */
  stalledNs: number;
  /** From accept4(2), or from being given back, to the claim. */
  latency: LatencyFigures;
  /** Missing where requests are not counted (`requestMetrics: false`). */
  http?: HttpFigures | undefined;
}

/** What has become of HTTP requests. None of it falls. */
export interface HttpFigures {
  /** Final responses that have ended, by the class of their status. What is beyond 599 is among `5xx`. */
  responses: Record<'2xx' | '3xx' | '4xx' | '5xx', number>;
  /** Connections, and streams of HTTP/2, that the app took over: Upgrade and CONNECT. */
  upgraded: number;
  /** What Node answered by itself (400, 408, 413, 431), since it was no request, or did not come in time. */
  rejected: number;
  /** Requests whose connection, or stream, closed before the response had ended. */
  aborted: number;
  /** Requests that were under way in a worker when it ended. */
  lost: number;
  /** Of those responses: from the head of the request to the end of the response. */
  duration: LatencyFigures;
}

/** A histogram of durations. */
export interface LatencyFigures {
  /** The upper bounds of the buckets, in nanoseconds. */
  boundsNs: number[];
  /** One bucket more than bounds, for all that took longer. */
  counts: number[];
  /** All durations together, in nanoseconds. */
  sumNs: number;
}

/** What one worker has now. */
export interface TargetFigures {
  /** The worker's, as in `WorkerInfo`. */
  id: number;
  /** Open connections, those on their way included. */
  connections: number;
  /** HTTP requests that are being answered. */
  requests: number;
  /** How long its event loop has waited for events, since it was started. */
  idleNs: number;
  /** For how long its event loop has not turned; 0 if it is not stalled. */
  stalledForNs: number;
}

/** The figures of the listeners of one label. */
export interface ListenerFigures {
  /** The label: the address as the app asked for it. */
  listener: string;
  /** By the primary, and by workers that were handed the listener. */
  accepted: number;
  /** Accepted, and now in the primary, for a worker with room. */
  waiting: number;
  /**
   * In the kernel's queue now, by the slot whose worker accepts from it; no slot: it is for all. Missing where the kernel does
   * not tell, as for a path.
   */
  queued: {
    /** Whose worker accepts from this queue. */
    slot?: number;
    /** How many connections wait in it. */
    length: number;
  }[];
}

/** How many connections of a listener nobody has taken yet, as far as the kernel tells. */
export function waitingFor({ waiting, queued }: ListenerFigures): number {
  return queued.reduce((total, { length }) => total + length, waiting);
}

/**
 * The dispatcher's counters since it was started. Times are in nanoseconds. Every connection that was accepted, recovered or
 * given back has been claimed or dropped, or it is offered or waits now; or it was accepted by a worker itself.
 */
export interface NativeSnapshot {
  /** By slot, over all the workers that each has had. */
  slots: SlotFigures[];
  /** Of the workers that live. */
  targets: TargetFigures[];
  /** By label. */
  listeners: ListenerFigures[];
  /** How often accept4(2) has failed, by the error. */
  acceptErrors: {
    /** Its number, as errno(3) has it. */
    errno: Errno;
    /** How often. */
    count: number;
  }[];
  /** Time during which lack of fds or memory kept the primary from accepting. */
  acceptPausedNs: number;
  /** Connections that the primary closed itself. */
  dropped: {
    /** All workers had closed its listener. */
    listenerClosed: number;
    /** Nobody claimed it within `queueTimeoutMs`. */
    queueTimeout: number;
    /** It was offered to a worker whose shared memory then held nonsense. */
    brokenLedger: number;
    /** Two workers had claimed it, and died before they had touched it: it may be what killed them. */
    workersDied: number;
  };
  /** What workers sent or wrote against the rules of the channel. */
  recordsRefused: number;
  /** That of all slots. */
  latency: LatencyFigures;
}
