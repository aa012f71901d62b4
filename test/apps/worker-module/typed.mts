import { ready, worker, type BatonWorker, type WorkerEvents } from '@baton/core/worker';
const mine: BatonWorker = worker;
const events: (keyof WorkerEvents)[] = ['draining'];
mine.on('draining', (timeoutMs) => console.log(timeoutMs.toFixed(), events.length));
// @ts-expect-error there is no such event
mine.on('drained', () => {});
if (mine.isWorker && !mine.draining && mine.slot + mine.generation > 0) ready();
