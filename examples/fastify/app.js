// A Fastify app as one would write it without Baton: `node app.js` runs it too.
import Fastify from 'fastify';

const app = Fastify();

app.get('/', () => ({
  hello: 'world',
  pid: process.pid,
  worker: process.env.BATON_SLOT ?? 'none',
}));

await app.listen({ port: Number(process.env.PORT ?? 3000), host: process.env.HOST ?? 'localhost' });
