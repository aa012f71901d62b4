import type { PrimaryLink } from './primary-link.js';
import type { sharedWorker } from './shared-worker.js';

/**
 * Lets the app say that it is ready. Where the primary waits for that, `process.send('ready')` says so too, as it does under
 * PM2; elsewhere there is no `process.send`, since its presence makes libraries look for a parent to talk to.
 */
export function announceReadiness(link: PrimaryLink, shared: ReturnType<typeof sharedWorker>): void {
  let isReported = false;
  shared.onReady = () => {
    if (!isReported) link.reportReady();
    isReported = true;
  };
  if (process.env['BATON_SAYS_READY'] === undefined) return;
  delete process.env['BATON_SAYS_READY'];
  process.send = (message: unknown, ...rest: unknown[]) => {
    if (message === 'ready') shared.ready();
    else
      process.emitWarning(`Baton's primary takes no message but 'ready'; one was not sent.`, 'BatonWarning');
    const callback = rest.findLast((argument) => typeof argument === 'function');
    if (callback) process.nextTick(callback, null);
    return message === 'ready';
  };
}
