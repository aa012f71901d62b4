import { setTimeout } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import Fastify from 'fastify';

const fastify = Fastify();

fastify.get('/', async () => ({ status: 'ok', pid: process.pid }));

fastify.get('/report', async () => {
  await setTimeout(50);
  return { rows: [1, 2, 3], pid: process.pid };
});

fastify.addHook('onClose', async () => console.log('closed'));

closeWithGrace({ delay: 5_000 }, async ({ err }) => {
  if (err) fastify.log.error(err);
  await fastify.close();
});

await fastify.listen({ host: process.env.HOST, port: Number(process.env.PORT) });
