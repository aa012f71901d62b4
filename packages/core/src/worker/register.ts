/**
 * The preload that makes a process one of Baton's workers, before its app loads. `node --require` and `node --import`
 * both take it. Anywhere else, e.g. in a worker thread or in a child of the app, it does nothing.
 */
import { isMainThread } from 'node:worker_threads';
import { BatonError } from '../errors.js';
import { makeGetServer } from './get-server.js';
import { closeServers, leave } from './leave.js';
import { becomeClusterWorker, checkNodeInternals } from './node-internals.js';
import { PrimaryLink } from './primary-link.js';
import { countRequests } from './request-count.js';

const channelFd = process.env['BATON_CHANNEL_FD'];
if (channelFd !== undefined && isMainThread) {
  // Children of the app inherit its environment, but not the channel.
  delete process.env['BATON_CHANNEL_FD'];
  becomeWorker(channelFd);
}

function becomeWorker(channel: string): void {
  if (!/^\d+$/.test(channel))
    throw new BatonError('BATON_CHANNEL', [`BATON_CHANNEL_FD is ${JSON.stringify(channel)}`]);
  checkNodeInternals();
  const link = new PrimaryLink(Number(channel), {
    onDrain: () => {
      worker.exitedAfterDisconnect = true;
      // Then the app is told as it is when the service stops: a timer or a pool of its own may keep it alive.
      void closeServers(link.handles).then(() => process.kill(process.pid, 'SIGTERM'));
    },
    onLost: () => {
      worker.emit('disconnect');
      leave(link.handles);
    },
  });
  countRequests(link);
  const worker = becomeClusterWorker(Number(process.env['BATON_SLOT']), makeGetServer(link));

  worker.isConnected = () => link.connected;
  worker.isDead = () => false;
  // There is no process.send(): what it would go to is a primary that runs no code of the app.
  worker.send = () => false;
  worker.disconnect = () => {
    worker.exitedAfterDisconnect = true;
    if (!link.connected) return worker;
    leave(link.handles);
    link.disconnect();
    process.nextTick(() => worker.emit('disconnect'));
    return worker;
  };
  worker.kill = worker.destroy = () => {
    worker.exitedAfterDisconnect = true;
    process.exit(0);
  };
}
