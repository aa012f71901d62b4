import { BatonError, worker } from '@baton/core/worker';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { AppRegistries } from './app-registries.js';
import { Decorator } from './decorator.js';
import { resolveOptions, type BatonOptions } from './options.js';
import { measureRequests } from './request-metrics.js';
import { addRoutes } from './routes.js';
import { closeWebSocketsWhenDraining } from './websockets.js';

/** Apps, by their `initialConfig`: each has its own, whatever the context. A server may be that of several apps (`serverFactory`). */
const registered = new WeakSet<object>();

async function register(app: FastifyInstance, given: BatonOptions): Promise<void> {
  const options = resolveOptions(given);
  if (registered.has(app.initialConfig)) throw new BatonError('BATON_ALREADY_REGISTERED', []);
  registered.add(app.initialConfig);

  const { metrics } = options;
  const measured = metrics?.registry ?? metrics?.client?.register;
  const registries = new AppRegistries(
    measured ? [measured, ...options.registries] : options.registries,
    metrics !== undefined && measured === undefined,
  );
  if (metrics) await measureRequests(app, metrics, registries);
  registries.expose();
  // To measure, a client may have been loaded by then.
  app.addHook('onReady', async () => registries.expose());

  app.decorate('baton', new Decorator());
  addRoutes(app, options, registries);
  app.addHook('onListen', async () => worker.ready());
  // Fastify answers 503 from the moment it is told to close: so it is told once no request can come any more. Told again, by
  // the app's own listener for SIGTERM, say, it only waits for the same end.
  const takeBack = worker.whenDrained(() => app.close());
  // An app that is closed earlier, for another in this process to take its place, is not kept.
  app.addHook('onClose', async () => takeBack());
  closeWebSocketsWhenDraining(app);
}

const plugin: FastifyPluginAsync<BatonOptions> = fastifyPlugin(register, {
  fastify: '5.x',
  name: '@baton/fastify-plugin',
});

/**
 * Fastify's plugin for apps that run under Baton: `await app.register(baton, options)`, on the root instance. Rejects with
 * BATON_INVALID_OPTION, BATON_UNKNOWN_OPTION, BATON_ALREADY_REGISTERED, BATON_METRICS_CLIENT or BATON_METRIC_TAKEN; with the last two also
 * when the app is to be ready.
 */
export const baton = Object.assign(plugin, {
  /** The plugin itself, for what takes `default` of a CommonJS module. */
  default: plugin,
  /** The plugin itself, for `const { baton } = require('@baton/fastify-plugin')`. */
  baton: plugin,
});
