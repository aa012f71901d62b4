// Writes down what Fastify does when it closes: a line with the pid for each time that its hook runs.
import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { worker } from '@baton/core/worker';
import Fastify from 'fastify';
import baton from '@baton/fastify-plugin';
import answer from './answer.cjs';

const app = Fastify();
await app.register(baton, { healthRoutes: true, metricsRoute: true });
app.addHook('onClose', async () => {
  // Not at once: whoever does not wait for it kills it here.
  await setTimeout(20);
  if (process.env.CLOSED) appendFileSync(process.env.CLOSED, `${process.pid}\n`);
  if (process.env.FAILS_TO_CLOSE) throw new Error('the pool is gone');
});
app.get('/', () => answer('/'));
app.get('/status', async () => ({ pid: process.pid, status: await app.baton.status() }));
app.get('/worker', () => {
  const { isWorker, slot, generation, draining } = app.baton;
  const inherited = Object.keys(process.env).filter((name) => name.startsWith('BATON_ADMIN'));
  return { isWorker, slot, generation, draining, inherited };
});
app.get('/hangs', (request, reply) => {
  reply.raw.write('begun');
  worker.once('draining', () => reply.raw.write('draining'));
});
if (process.env.HEARS_SIGTERM) {
  process.once('SIGTERM', async () => {
    await app.close();
    process.exit(0);
  });
}
await app.listen({ host: '127.0.0.1', port: 0 });
