// The app under node:cluster; NODE_CLUSTER_SCHED_POLICY chooses how connections are shared.
const cluster = require('node:cluster');
if (cluster.isPrimary) {
  for (let i = 0; i < Number(process.env.WORKERS); i++) cluster.fork({ WORKER_NUMBER: i });
} else {
  require(process.env.APP);
}
