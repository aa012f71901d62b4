/**
 * The preload that makes a process one of Baton's workers, before its app loads. `node --require` and `node --import`
 * both take it. Anywhere else, e.g. in a worker thread or in a child of the app, it does nothing.
 */
import { inspect } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { BatonError } from '../errors.js';
import { Ending } from './ending.js';
import { ExposedMetrics } from './exposed-metrics.js';
import { makeGetServer } from './get-server.js';
import { keepPaths } from './kept-paths.js';
import { GiveBackOrder } from './give-back-order.js';
import { leave } from './leave.js';
import { MovableCount } from './movable-count.js';
import {
  becomeClusterWorker,
  checkNodeInternals,
  watchDestroy,
  watchListen,
  watchTicketKeys,
  watchUnref,
} from './node-internals.js';
import { PrimaryLink } from './primary-link.js';
import { ProcessMessages } from './process-messages.js';
import { countRequests } from './request-count.js';
import { watchServers } from './server-events.js';
import { sharedWorker } from './shared-worker.js';
import { Signals } from './signals.js';

/** A loop that has nothing to do but to turn may need so long, where processor time is short. */
const leastBlockedMs = 1_000;

const channelFd = process.env['BATON_CHANNEL_FD'];
if (channelFd !== undefined && isMainThread) {
  // Children of the app inherit its environment, but not the channel.
  delete process.env['BATON_CHANNEL_FD'];
  // One that gets connections as soon as it listens accepts them as soon; the others do when they are told to.
  const mayAccept = !['BATON_ON_PROBATION', 'BATON_SAYS_READY'].some((name) => name in process.env);
  delete process.env['BATON_ON_PROBATION'];
  delete process.env['BATON_SAYS_READY'];
  becomeWorker(channelFd, mayAccept);
}

function becomeWorker(channel: string, mayAccept: boolean): void {
  if (!/^\d+$/.test(channel))
    throw new BatonError('BATON_CHANNEL', [`BATON_CHANNEL_FD is ${JSON.stringify(channel)}`]);
  checkNodeInternals();
  watchListen();
  watchDestroy();
  watchUnref();
  keepPaths();
  watchTicketKeys();
  const shared = sharedWorker();
  let order: GiveBackOrder | MovableCount | undefined;
  const signals = new Signals((signal, atMs) => ending.onSignal(signal, atMs));
  const beginToEnd = (): void => {
    order?.end();
    messages.letEnd();
    worker.exitedAfterDisconnect = true;
  };
  const countsRequests = process.env['BATON_NO_REQUEST_METRICS'] === undefined;
  delete process.env['BATON_NO_REQUEST_METRICS'];
  const link = new PrimaryLink(Number(channel), mayAccept, countsRequests, {
    onDrain: (drain) => {
      beginToEnd();
      ending.onDrain(drain);
    },
    onStop: (stop) => {
      beginToEnd();
      ending.onStop(stop);
    },
    onFinish: (finish) => ending.onFinish(finish),
    onUp: () => signals.watchEnding(),
    onNothingListens: () => ending.onNothingListens(),
    onSignal: (signal) => ending.onSignalOrder(signal),
    onGiveBackOrder: (connections, listeners) => {
      order =
        connections > 0 ? new GiveBackOrder(link, connections, listeners) : new MovableCount(link, listeners);
      order.begin();
    },
    onGather: (order) => void metrics.tell(order),
    onMessage: (part) => messages.onPart(part),
    onMessagesTaken: (parts) => messages.onTaken(parts),
    onMessagesHeard: (isHeard) => messages.onHeard(isHeard),
    onLost: () => {
      order?.end();
      // At a terminal, the primary was the reader of these.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
      messages.close();
      metrics.end();
      // The signal that has ended the primary may have come to this process, too, and its event loop would end before it looks.
      afterNextPoll(() => {
        leave(link, shared);
        ending.onLost();
      });
    },
  });
  const ending = new Ending(link, signals, {
    tasks: shared,
    sayFarewell: () => metrics.tell(),
    onDraining: (timeoutMs) => {
      shared.draining = true;
      shared.emit('draining', timeoutMs);
    },
  });
  const stopTimeoutMs = Number(process.env['BATON_STOP_TIMEOUT_MS']);
  delete process.env['BATON_STOP_TIMEOUT_MS'];
  // A primary of another version may not tell.
  if (Number.isFinite(stopTimeoutMs)) link.endIfBlocked(Math.max(stopTimeoutMs, leastBlockedMs));
  countRequests(link);
  if (link.figures) watchServers(link.figures);
  const intervalMs = Number(process.env['BATON_METRICS_INTERVAL_MS']);
  const adminUrl = process.env['BATON_ADMIN_URL'];
  delete process.env['BATON_METRICS_INTERVAL_MS'];
  delete process.env['BATON_ADMIN_URL'];
  const metrics = new ExposedMetrics((message) => link.reportMetrics(message), intervalMs);
  const slot = Number(process.env['BATON_SLOT']);
  const worker = becomeClusterWorker(slot, makeGetServer(link));
  const generation = Number(process.env['BATON_GENERATION']);
  Object.assign(shared, { isWorker: true, slot, generation, adminUrl });
  let isReady = false;
  shared.onReady = () => {
    if (!isReady) link.reportReady();
    isReady = true;
  };
  shared.onMetrics = (registry) => metrics.add(registry);
  process.on('uncaughtExceptionMonitor', (error) => link.reportFailure(inspect(error)));

  worker.isConnected = () => link.connected;
  worker.isDead = () => false;
  const isHeard = process.env['BATON_HEARS_MESSAGES'] !== undefined;
  delete process.env['BATON_HEARS_MESSAGES'];
  const messages = new ProcessMessages(link, worker, isHeard, () => shared.ready());
  worker.disconnect = () => {
    worker.exitedAfterDisconnect = true;
    if (!link.connected) return worker;
    leave(link, shared);
    link.disconnect();
    messages.close();
    return worker;
  };
  worker.kill = worker.destroy = () => {
    worker.exitedAfterDisconnect = true;
    process.exit(0);
  };
}

/** Of the event loop, which lives until then. */
function afterNextPoll(action: () => void): void {
  setImmediate(() => setImmediate(action));
}
