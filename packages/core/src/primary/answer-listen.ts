import { constants } from 'node:os';
import type { ListenFailure, ListenRequest, ListenResult } from '../channel/messages.js';
import type { Errno, NativeDispatcher } from '../native.js';
import { isFailure } from './bind.js';
import { ipLabel } from './listen-address.js';
import type { Listener, ListenerTable } from './listener-table.js';
import type { WorkerHandle } from './worker-handle.js';
import { unpinned } from '../working-directory.js';

/** Answers a worker that wants to listen, and lets it be offered the listener's connections. */
export function answerListen(
  dispatcher: NativeDispatcher,
  listeners: ListenerTable,
  worker: WorkerHandle,
  message: ListenRequest,
): void {
  const { request, address } = message;
  // A worker that is gone gets no answer; the dispatcher tells of its end.
  const fail = (failure: ListenFailure): void => {
    const answer: ListenResult = { type: 'listen-result', request, ...failure };
    dispatcher.sendControl(worker.id, JSON.stringify(answer));
  };

  const listener = acquire(listeners, message, worker);
  if (isFailure(listener)) {
    const isInUse = listener.errno === -constants.errno.EADDRINUSE;
    const holder = isInUse ? listeners.obstacleTo(message, worker) : undefined;
    if (holder) worker.obstacle = { wanted: ipLabel(listener.address, message.port), holder: holder.label };
    return fail(listener);
  }
  const { id, isStream } = listener;
  const error = grant(dispatcher, worker, request, listener);
  if (error !== 0) {
    // Without its socket the answer is of no use; without an answer the worker would wait for ever.
    listeners.release(id, worker);
    return fail({ errno: -error, address });
  }
  // Only now, so that the worker knows the listener before it is offered its connections.
  if (isStream) worker.serve(id);
}

function grant(
  dispatcher: NativeDispatcher,
  worker: WorkerHandle,
  request: number,
  { id, counter, data, address, socket }: Listener,
): Errno {
  const bound = address.family === 'unix' ? {} : { address };
  const counted = counter === undefined ? {} : { counter };
  const answer: ListenResult = { type: 'listen-result', request, listener: id, data, ...bound, ...counted };
  const payload = JSON.stringify(answer);
  if (counter !== undefined) return dispatcher.handOver(worker.id, id, counter, payload);
  return socket === undefined
    ? dispatcher.sendControl(worker.id, payload)
    : dispatcher.sendControl(worker.id, payload, socket);
}

/** Whatever keeps the primary from listening is the worker's to know, and nobody else's trouble. */
function acquire(
  listeners: ListenerTable,
  message: ListenRequest,
  worker: WorkerHandle,
): Listener | ListenFailure {
  try {
    return listeners.acquire(asPeopleKnowIt(message, worker), worker);
  } catch (error) {
    const { cause = error } = error as Error;
    const { errno = -constants.errno.EINVAL } = cause as NodeJS.ErrnoException;
    return { errno, address: message.address };
  }
}

/** A path in the worker's directory: there is one in every release, and it is the same listener. */
function asPeopleKnowIt(message: ListenRequest, { release }: WorkerHandle): ListenRequest {
  const { kind, address } = message;
  const isFile = kind === 'unix' && !address.startsWith('\0');
  return isFile ? { ...message, address: unpinned(address, release) } : message;
}
