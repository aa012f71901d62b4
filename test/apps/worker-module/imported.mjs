// As required.cjs.
import { ready, worker } from '@baton/core/worker';
ready();
worker.ready();
worker.on('draining', () => {});
const { isWorker, slot, generation, draining } = worker;
console.log(JSON.stringify({ isWorker, slot, generation, draining, send: typeof process.send }));
