// Notes what happens, in order, and ends a while after it was told to: so a second SIGTERM would be heard.
const { appendFileSync } = require('node:fs');
const { subscribe } = require('node:diagnostics_channel');
const { worker } = require('@baton/core/worker');
const note = (what) => appendFileSync(process.env.LOG, `${process.pid} ${what}\n`);
worker.on('draining', () => note('draining'));
subscribe('http.server.response.finish', () => note('answered'));
process.on('SIGTERM', () => {
  note('TERM');
  setTimeout(() => process.exit(), 300);
});
require('./drains.cjs');
