// An app for a bundler: whatever it imports ends up in one file, beside copies of the same that the launcher loads.
import baton from '@baton/fastify-plugin';
import { worker } from '@baton/core/worker';
import Fastify from 'fastify';
import client from 'prom-client';

const requests = new client.Counter({ name: 'app_requests_total', help: 'Requests of the app.' });
const app = Fastify();
app.register(baton, { metrics: true });
app.get('/', () => {
  requests.inc();
  return { isWorker: worker.isWorker, slot: worker.slot, generation: app.baton.generation };
});
worker.on('draining', () => console.log(`generation ${worker.generation} drains: ${worker.draining}`));
void app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
