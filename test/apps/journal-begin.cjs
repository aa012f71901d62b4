// Writes down that a request is begun. As a preload it does so before Baton tells the primary, so that a worker that is killed
// has not told the primary of a request that is not written down.
const { channel } = require('node:diagnostics_channel');
const fs = require('node:fs');
const path = require('node:path');
if (process.env.BATON_SLOT !== undefined && process.env.BATON_CHANNEL_FD === undefined)
  throw new Error('must be loaded before Baton, by NODE_OPTIONS');
const journal = fs.openSync(path.join(process.env.JOURNAL, String(process.pid)), 'a');
const write = (line) => fs.writeSync(journal, `${line}\n`);
channel('http.server.request.start').subscribe(({ request }) => write(`begin ${request.url}`));
module.exports = write;
