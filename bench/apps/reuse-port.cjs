// The app in processes that each have a socket of their own on the port (SO_REUSEPORT). One that ends is started again.
const { fork } = require('node:child_process');
if (process.env.REUSE_PORT) {
  process.on('disconnect', () => process.exit());
  require(process.env.APP);
} else {
  const start = (number) =>
    fork(__filename, { env: { ...process.env, REUSE_PORT: '1', WORKER_NUMBER: String(number) } }).on(
      'exit',
      () => start(number),
    );
  for (let i = 0; i < Number(process.env.WORKERS); i++) start(i);
}
