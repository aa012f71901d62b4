// Compiled, so that the types are checked, and run, as an app that is an ES module.
import Fastify from 'fastify';
import promClient from 'prom-client';
import * as successor from '@prometheus-io/client';
import * as all from '@baton/fastify-plugin';
import byDefault, { baton, type BatonOptions, type BatonStatus } from '@baton/fastify-plugin';

const properties = (plugin: typeof baton): unknown[] => [plugin.default, plugin.baton];

export const shapes = [byDefault, baton, all.default, all.baton, ...properties(byDefault)];

export async function use(): Promise<BatonStatus> {
  const app = Fastify();
  const options: BatonOptions = {
    metrics: { client: promClient, registry: new promClient.Registry(), buckets: [0.1, 1] },
    registries: [promClient.register, successor.register],
    healthRoutes: { live: '/livez' },
    metricsRoute: '/metrics',
  };
  await app.register(baton, options);
  const slot: number = app.baton.slot;
  const draining: boolean = app.baton.draining;
  void [slot, draining];
  return app.baton.status();
}

export function misuse(): unknown {
  const app = Fastify();
  return [
    // @ts-expect-error: no such option
    () => app.register(baton, { metric: false }),
    // @ts-expect-error: a path, or whether there is one
    () => app.register(baton, { metricsRoute: 1 }),
    // @ts-expect-error: no such property
    () => app.baton.pid,
    // @ts-expect-error: of one process only, once it is known that it is one
    () => app.baton.status().then((status) => status.workers),
  ];
}

export async function useHttp2(): Promise<number> {
  const app = Fastify({ http2: true });
  await app.register(byDefault, { metrics: { client: successor } });
  return app.baton.slot;
}
