// Counts as counts-with-clients.mjs does, with one client: an app for a bundler, in either format.
import baton from '@baton/fastify-plugin';
import * as client from '@prometheus-io/client';
import Fastify from 'fastify';

const labels = { client: '@prometheus-io/client' };
new client.Counter({ name: 'mine_total', help: 'Mine.', labelNames: ['client'] }).inc(labels);
const app = Fastify();
app.register(baton, { metricsRoute: true });
app.get('/', () => 'hello');
void app.listen({ host: '127.0.0.1', port: 0 });
