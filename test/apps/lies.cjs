// Gives up root's rights when it listens; then asks the primary, as often as it is told, to listen where it should not. Answers with how
// often each came of it.
const http = require('node:http');
const net = require('node:net');
const { Worker } = require('node:worker_threads');
const answer = require('./answer.cjs');
const nobody = 65_534;

const lies = {
  fd: (i) => ({ fd: i % 100 }),
  path: (i, paths) => ({ path: paths[i % paths.length], readableAll: true, writableAll: true }),
};

// Puts a link to the file in the place of each socket that is made in the directory, as fast as it can, until it is ended.
const swapper = `
const fs = require('node:fs');
const { directory, file } = require('node:worker_threads').workerData;
for (;;)
  for (const name of fs.readdirSync(directory))
    try {
      fs.unlinkSync(directory + '/' + name);
      fs.symlinkSync(file, directory + '/' + name);
    } catch {}
`;

function outcome(options) {
  return new Promise((resolve) => {
    const server = net.createServer().listen(options);
    server.on('listening', () => server.close(() => resolve('listening')));
    server.on('error', ({ code }) => resolve(code));
  });
}

async function lie({ kind, times, paths, swap }) {
  const thread = swap && new Worker(swapper, { eval: true, workerData: swap });
  const tally = {};
  for (let i = 0; i < times; i += 32) {
    const some = Array.from({ length: Math.min(32, times - i) }, (_, j) => outcome(lies[kind](i + j, paths)));
    for (const came of await Promise.all(some)) tally[came] = (tally[came] ?? 0) + 1;
  }
  await thread?.terminate();
  return tally;
}

http
  .createServer(async (request, response) => {
    const order = new URL(request.url, 'http://localhost').searchParams.get('lie');
    response.end(JSON.stringify(order ? await lie(JSON.parse(order)) : answer(request.url)));
  })
  .listen(0, '127.0.0.1', () => {
    process.setgroups([]);
    process.setgid(nobody);
    process.setuid(nobody);
  });
