// Compiled, so that the types are checked, and run, as an app that is CommonJS.
import Fastify = require('fastify');
import required = require('@baton/fastify-plugin');
import byDefault, { baton, type BatonOptions, type BatonStatus } from '@baton/fastify-plugin';

export const shapes = [required, required.default, required.baton, byDefault, baton];

export async function use(): Promise<BatonStatus> {
  const app = Fastify();
  const options: BatonOptions = { metrics: false, healthRoutes: true, metricsRoute: true };
  await app.register(required, options);
  const slot: number = app.baton.slot;
  void slot;
  return app.baton.status();
}

export function misuse(): unknown {
  const app = Fastify();
  return [
    // @ts-expect-error: no such option
    () => app.register(required, { metric: false }),
    // @ts-expect-error: no such property
    () => app.baton.pid,
  ];
}
