import core = require('@baton/core');
import workers = require('@baton/core/worker');

const options: core.PrimaryOptions = { app: 'server.js' };
const primary = new core.Primary(options);
primary.on('worker', ({ slot }) => slot.toFixed());
workers.worker.on('draining', (timeoutMs) => timeoutMs.toFixed());
export = primary;
