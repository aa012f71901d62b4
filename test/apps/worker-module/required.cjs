// Runs with Baton and without, and shows what `@baton/core/worker` is without.
const { ready, worker } = require('@baton/core/worker');
ready();
worker.ready();
worker.on('draining', () => {});
const { isWorker, slot, generation, draining } = worker;
console.log(JSON.stringify({ isWorker, slot, generation, draining, send: typeof process.send }));
