// The app under node:cluster. Told so, it is reloaded as people do it there: a new worker listens, then an old one disconnects.
const cluster = require('node:cluster');
const { once } = require('node:events');

async function start() {
  const worker = cluster.fork();
  const [address] = await once(worker, 'listening');
  return { worker, port: address.port };
}

async function main() {
  let current = await Promise.all([start(), start()]);
  process.send({ port: current[0].port });
  process.on('message', async () => {
    const next = [];
    for (const { worker } of current) {
      next.push(await start());
      worker.disconnect();
      // Before Node 26.4 a connection stays that has not sent its first request yet, for as long as its client asks.
      const killed = setTimeout(() => worker.process.kill('SIGKILL'), 2_000);
      await once(worker, 'exit');
      clearTimeout(killed);
    }
    current = next;
    process.send({ reloaded: true });
  });
  process.on('disconnect', () => process.exit());
}

if (cluster.isPrimary) void main();
else require('./http.cjs');
