import { constants } from 'node:os';
import type { ListenFailure, ListenRequest, PrimaryMessage } from '../channel/messages.js';
import type { Errno, NativeDispatcher, NativeSocket } from '../native.js';
import { isFailure } from './bind.js';
import type { Listener, ListenerTable } from './listener-table.js';
import type { WorkerHandle } from './worker-handle.js';

/** Answers a worker that wants to listen, and lets it be offered the listener's connections. */
export function answerListen(
  dispatcher: NativeDispatcher,
  listeners: ListenerTable,
  worker: WorkerHandle,
  message: ListenRequest,
): void {
  const { request, address } = message;
  // A worker that is gone gets no answer; the dispatcher tells of its end.
  const send = (answer: PrimaryMessage, socket?: NativeSocket): Errno => {
    const payload = JSON.stringify(answer);
    return socket === undefined
      ? dispatcher.sendControl(worker.id, payload)
      : dispatcher.sendControl(worker.id, payload, socket);
  };

  const listener = acquire(listeners, message, worker.slot);
  if (isFailure(listener)) {
    send({ type: 'listen-result', request, ...listener });
    return;
  }
  const { id, data, isStream, socket } = listener;
  const bound = listener.address.family === 'unix' ? {} : { address: listener.address };
  const error = send({ type: 'listen-result', request, listener: id, data, ...bound }, socket);
  if (error !== 0) {
    // Without its socket the answer is of no use; without an answer the worker would wait for ever.
    listeners.release(id, worker.slot);
    send({ type: 'listen-result', request, errno: -error, address });
    return;
  }
  // Only now, so that the worker knows the listener before it is offered its connections.
  if (isStream) dispatcher.serve(worker.id, id);
}

/** Whatever keeps the primary from listening is the worker's to know, and nobody else's trouble. */
function acquire(listeners: ListenerTable, message: ListenRequest, slot: number): Listener | ListenFailure {
  try {
    return listeners.acquire(message, slot);
  } catch (error) {
    const { cause = error } = error as Error;
    const { errno = -constants.errno.EINVAL } = cause as NodeJS.ErrnoException;
    return { errno, address: message.address };
  }
}
