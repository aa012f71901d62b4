// In each app's process: writes down which requests it begins and ends, and the code that it exits with.
const { channel } = require('node:diagnostics_channel');
const fs = require('node:fs');
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');
if (isMainThread) {
  const journal = fs.openSync(path.join(process.env.JOURNAL, String(process.pid)), 'a');
  const write = (line) => fs.writeSync(journal, `${line}\n`);
  channel('http.server.request.start').subscribe(({ request }) => write(`begin ${request.url}`));
  channel('http.server.response.finish').subscribe(({ request }) => write(`end ${request.url}`));
  process.on('exit', (code) => write(`exit ${code}`));
}
