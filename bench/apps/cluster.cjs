// The app under node:cluster; NODE_CLUSTER_SCHED_POLICY chooses how connections are shared. A worker that ends is started again.
const cluster = require('node:cluster');
if (cluster.isPrimary) {
  const start = (number) => cluster.fork({ WORKER_NUMBER: number }).on('exit', () => start(number));
  for (let i = 0; i < Number(process.env.WORKERS); i++) start(i);
} else {
  require(process.env.APP);
}
