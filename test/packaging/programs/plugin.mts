// A Fastify app with the plugin.
import baton, { baton as named, type BatonOptions, type FastifyBaton } from '@baton/fastify-plugin';
import Fastify from 'fastify';
import client from 'prom-client';

const options: BatonOptions = {
  metrics: { client, registry: new client.Registry(), buckets: [0.1, 1] },
  healthRoutes: true,
};
const app = Fastify();
await app.register(baton, options);
await app.register(named, { healthRoutes: { live: '/healthz' } });
// @ts-expect-error: no such option
await app.register(baton, { healthRoute: true });

const view: FastifyBaton = app.baton;
export const slot: number = view.slot;
export const { isWorker } = await app.baton.status();
