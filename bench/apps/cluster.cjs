// The app under node:cluster; NODE_CLUSTER_SCHED_POLICY chooses how connections are shared. A worker that ends is started again;
// SIGTTIN starts one more. SIGHUP replaces all as people do it there: a new worker listens, then an old one disconnects.
const cluster = require('node:cluster');
const { once } = require('node:events');

/** How long an old worker may take to end. */
const patienceMs = 2_000;

async function main() {
  const current = new Map();
  const start = (number) => {
    const worker = cluster.fork({ WORKER_NUMBER: number });
    current.set(number, worker);
    worker.on('exit', () => {
      if (current.get(number) === worker) start(number);
    });
    return worker;
  };
  for (let i = 0; i < Number(process.env.WORKERS); i++) start(i);
  process.on('SIGTTIN', () => start(current.size));
  process.on('SIGHUP', async () => {
    for (const [number, old] of [...current]) {
      await once(start(number), 'listening');
      old.disconnect();
      const killed = setTimeout(() => old.process.kill('SIGKILL'), patienceMs);
      await once(old, 'exit');
      clearTimeout(killed);
    }
  });
}

if (cluster.isPrimary) void main();
else require(process.env.APP);
