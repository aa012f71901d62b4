import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import cookie from '@fastify/cookie';
import Fastify from 'fastify';

const fastify = Fastify({ logger: { level: 'info' } });

await fastify.register(cookie, { secret: 'a secret of the app' });

fastify.get('/', async () => ({ hello: 'world' }));

const user = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' } },
};

fastify.post('/users', { schema: { body: user } }, async (request, reply) => {
  reply.code(201);
  return { id: 2, name: request.body.name };
});

fastify.get('/stream', (request, reply) => {
  const lines = async function* () {
    for (let i = 0; i < 5; i++) {
      yield `line ${i}\n`;
      await setTimeout(5);
    }
  };
  return reply.type('text/plain').send(Readable.from(lines()));
});

fastify.get('/login', async (request, reply) => {
  reply.setCookie('name', 'Ada', { signed: true });
  return { name: 'Ada' };
});

fastify.get('/me', async (request) => {
  const { valid, value } = request.unsignCookie(request.cookies.name ?? '');
  return { name: valid ? value : 'nobody' };
});

fastify.get('/health', async () => ({ status: 'ok', pid: process.pid }));

fastify.get('/report', async () => {
  await setTimeout(50);
  return { rows: [1, 2, 3], pid: process.pid };
});

await fastify.listen({ host: process.env.HOST, port: Number(process.env.PORT) });
