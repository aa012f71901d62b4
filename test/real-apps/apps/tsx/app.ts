import { setTimeout } from 'node:timers/promises';
import Fastify from 'fastify';
import { Weekday, greet } from './greeting.js';

const fastify = Fastify();

fastify.get<{ Querystring: { name?: string } }>('/hello', async (request) => ({
  greeting: greet(request.query.name ?? 'world', Weekday.Friday),
}));

fastify.get('/health', async () => ({ status: 'ok', pid: process.pid }));

fastify.get('/report', async () => {
  await setTimeout(50);
  return { rows: [1, 2, 3], pid: process.pid };
});

await fastify.listen({ host: process.env['HOST'], port: Number(process.env['PORT']) });
