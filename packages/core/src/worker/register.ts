/**
 * The preload that makes a process one of Baton's workers, before its app loads. `node --require` and `node --import`
 * both take it. Anywhere else, e.g. in a worker thread or in a child of the app, it does nothing.
 */
import { inspect } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { BatonError } from '../errors.js';
import type { Drain } from './drain.js';
import { ExposedMetrics } from './exposed-metrics.js';
import { makeGetServer } from './get-server.js';
import { keepPaths } from './kept-paths.js';
import { GiveBackOrder } from './give-back-order.js';
import { exitWithin, leave, leaveToOthers, leaveWithService } from './leave.js';
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
import { announceReadiness } from './readiness.js';
import { countRequests } from './request-count.js';
import { sharedWorker } from './shared-worker.js';

const channelFd = process.env['BATON_CHANNEL_FD'];
if (channelFd !== undefined && isMainThread) {
  // Children of the app inherit its environment, but not the channel.
  delete process.env['BATON_CHANNEL_FD'];
  // One that gets connections as soon as it listens accepts them as soon; the others do when they are told to.
  const mayAccept = !['BATON_ON_PROBATION', 'BATON_SAYS_READY'].some((name) => name in process.env);
  delete process.env['BATON_ON_PROBATION'];
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
  const tellApp = (timeoutMs: number): void => {
    worker.exitedAfterDisconnect = true;
    shared.draining = true;
    shared.emit('draining', timeoutMs);
  };
  let draining: Drain | undefined;
  let order: GiveBackOrder | MovableCount | undefined;
  const link = new PrimaryLink(Number(channel), mayAccept, {
    // What is idle is given back first: the app may close its servers, and all that is idle with them, as soon as it hears.
    onDrain: (drain) => {
      order?.end();
      draining = leaveToOthers(link, drain, shared, () => metrics.tell());
      tellApp(drain.timeoutMs);
    },
    onStop: (stop) => {
      order?.end();
      if (draining) {
        exitWithin(stop.exitMs);
        return draining.endWithin(stop.timeoutMs);
      }
      void leaveWithService(link, stop, shared);
      tellApp(stop.timeoutMs);
    },
    onGiveBackOrder: (connections, listeners) => {
      order =
        connections > 0 ? new GiveBackOrder(link, connections, listeners) : new MovableCount(link, listeners);
      order.begin();
    },
    onGather: (gather) => void metrics.tell(gather),
    onLost: () => {
      order?.end();
      // At a terminal, the primary was the reader of these.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
      worker.emit('disconnect');
      leave(link, shared);
    },
  });
  countRequests(link);
  const intervalMs = Number(process.env['BATON_METRICS_INTERVAL_MS']);
  const adminUrl = process.env['BATON_ADMIN_URL'];
  delete process.env['BATON_METRICS_INTERVAL_MS'];
  delete process.env['BATON_ADMIN_URL'];
  const metrics = new ExposedMetrics((message) => link.reportMetrics(message), intervalMs);
  const slot = Number(process.env['BATON_SLOT']);
  const worker = becomeClusterWorker(slot, makeGetServer(link));
  const generation = Number(process.env['BATON_GENERATION']);
  Object.assign(shared, { isWorker: true, slot, generation, adminUrl });
  announceReadiness(link, shared);
  shared.onMetrics = (registry) => metrics.add(registry);
  process.on('uncaughtExceptionMonitor', (error) => link.reportFailure(inspect(error)));

  worker.isConnected = () => link.connected;
  worker.isDead = () => false;
  // What it would go to is a primary that runs no code of the app.
  worker.send = () => false;
  worker.disconnect = () => {
    worker.exitedAfterDisconnect = true;
    if (!link.connected) return worker;
    leave(link, shared);
    link.disconnect();
    process.nextTick(() => worker.emit('disconnect'));
    return worker;
  };
  worker.kill = worker.destroy = () => {
    worker.exitedAfterDisconnect = true;
    process.exit(0);
  };
}
