// The journal app under node:cluster; a worker that ends is started again.
const cluster = require('node:cluster');
if (cluster.isPrimary) {
  const start = () => {
    const worker = cluster.fork();
    worker.on('listening', ({ port }) => process.send({ pid: worker.process.pid, port }));
  };
  cluster.on('exit', start);
  process.on('disconnect', () => process.exit());
  for (let i = 0; i < Number(process.env.WORKERS); i++) start();
} else {
  require('./journal.cjs');
}
