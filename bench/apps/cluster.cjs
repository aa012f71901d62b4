// The app under node:cluster; NODE_CLUSTER_SCHED_POLICY chooses how connections are shared. A worker that ends is started again;
// SIGTTIN starts one more.
const cluster = require('node:cluster');
if (cluster.isPrimary) {
  let workers = Number(process.env.WORKERS);
  const start = (number) => cluster.fork({ WORKER_NUMBER: number }).on('exit', () => start(number));
  for (let i = 0; i < workers; i++) start(i);
  process.on('SIGTTIN', () => start(workers++));
} else {
  require(process.env.APP);
}
