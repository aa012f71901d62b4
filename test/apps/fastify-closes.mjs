// Tells how long each of its connections may be idle. Closes at SIGTERM, as Fastify's users are told to.
import Fastify from 'fastify';
import answer from './answer.cjs';
const app = Fastify();
const connections = new Set();
app.server.on('connection', (socket) => connections.add(socket));
app.get('/', (request) => answer(request.url));
app.get('/limits', (request) => ({
  ...answer(request.url),
  limits: [...connections].map(({ timeout }) => timeout),
}));
process.on('SIGTERM', () => void app.close());
await app.listen({ port: 0, host: '127.0.0.1' });
