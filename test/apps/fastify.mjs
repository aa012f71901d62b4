// Fastify takes no host for localhost, and listens on both of its addresses.
import Fastify from 'fastify';
import answer from './answer.cjs';
const app = Fastify();
app.get('/', (request) => answer(request.url));
await app.listen({ port: Number(process.env.PORT ?? 0) });
