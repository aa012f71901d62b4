// Counts once with each of the CLIENTS. FASTIFY_METRICS: it has that plugin, registered `before` Baton's, or `after`.
import baton from '@baton/fastify-plugin';
import Fastify from 'fastify';

const { CLIENTS = '', FASTIFY_METRICS } = process.env;
for (const name of CLIENTS.split(' ').filter(Boolean)) {
  const { Counter } = await import(name);
  new Counter({ name: 'mine_total', help: 'Mine.', labelNames: ['client'] }).inc({ client: name });
}
const app = Fastify();
const register = async () => {
  const { default: fastifyMetrics } = await import('fastify-metrics');
  await app.register(fastifyMetrics.default, { endpoint: null });
};
if (FASTIFY_METRICS === 'before') await register();
await app.register(baton, { metricsRoute: true });
if (FASTIFY_METRICS === 'after') await register();
app.get('/', () => 'hello');
await app.listen({ host: '127.0.0.1', port: 0 });
