// Runs the app as `baton --policy sticky --stall-after 2s app.js` does, and passes on what Socket.IO's cluster adapter sends from worker to worker.
import { Primary } from '@baton/core';

const primary = new Primary({
  app: 'app.js',
  policy: 'sticky',
  stallAfterMs: 2_000,
  defaultName: 'socket-io',
  metrics: { port: Number(process.env.METRICS_PORT ?? 22866) },
  env: { ...process.env, ROOMS: 'all workers' },
});

primary.on('message', ({ pid }, message) => {
  if (message?.source !== '_sio_adapter') return;
  for (const other of primary.snapshot().workers) {
    if (other.state === 'ready' && other.pid !== pid) primary.send(other.slot, message);
  }
});

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void primary.stop());
await primary.start();
console.log(
  'Serves on',
  primary.addresses.map(({ address, port }) => `http://${address}:${port}`).join(', '),
);
