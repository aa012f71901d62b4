// A Fastify app. `node app.js` runs it too, as a single process.
import baton from '@baton/fastify-plugin';
import Fastify from 'fastify';

const app = Fastify();
await app.register(baton, { healthRoutes: true });

app.get('/', () => ({
  hello: 'world',
  pid: process.pid,
  worker: app.baton.isWorker ? app.baton.slot : 'none',
}));

await app.listen({ port: Number(process.env.PORT ?? 3000), host: process.env.HOST ?? 'localhost' });
