import { BatonError } from '@baton/core/worker';
import type { FastifyInstance } from 'fastify';
import type { AppRegistries } from './app-registries.js';
import { loadClients, loadedClients } from './find-clients.js';
import { isInUse, isOfClient, type Histogram, type MetricsClient, type Registry } from './metrics-client.js';
import type { ResolvedMetrics } from './options.js';

const name = 'http_request_duration_seconds';

/** Stands for methods that the app does not know, and for the route of what no route was found for: of those there may be many. */
const other = '_OTHER';

/** The histograms that were made here: apps in one process, with one registry, have one together. */
const ours = new WeakSet<object>();

/**
 * Measures the requests of an app. What was not asked for is not done where another measures, or there is no client; others are known
 * once the app is ready. Throws BATON_METRICS_CLIENT or BATON_METRIC_TAKEN.
 */
export async function measureRequests(
  app: FastifyInstance,
  options: ResolvedMetrics,
  registries: AppRegistries,
): Promise<void> {
  let histogram: Histogram | undefined;
  let methods = new Set<string>();
  const begin = async (): Promise<void> => {
    histogram = await findHistogram(app, options, registries);
  };
  if (options.isAsked) await begin();
  app.addHook('onReady', async () => {
    await begin();
    // Until now, the app may have told Fastify of more methods.
    methods = new Set(app.supportedMethods);
  });
  app.addHook('onResponse', (request, reply, done) => {
    if (histogram) {
      const { method } = request;
      const labels = {
        method: methods.has(method) ? method : other,
        route: request.routeOptions.url ?? other,
        status_code: reply.statusCode,
      };
      histogram.observe(labels, reply.elapsedTime / 1000);
    }
    done();
  });
}

async function findHistogram(
  app: FastifyInstance,
  options: ResolvedMetrics,
  registries: AppRegistries,
): Promise<Histogram | undefined> {
  const client = options.client ?? (await findClient(options.registry));
  if (client === undefined) {
    if (options.isAsked) throw new BatonError('BATON_METRICS_CLIENT', ['none is installed']);
    app.log.info(
      'Baton does not measure requests by route: no Prometheus client, such as prom-client, is installed',
    );
    return undefined;
  }
  if (registries.all().some((registry) => isTaken(registry))) {
    if (options.isAsked) throw new BatonError('BATON_METRIC_TAKEN', [name]);
    app.log.info(`Baton does not measure requests by route: the app already has a metric ${name}`);
    return undefined;
  }
  const { registry = client.register, buckets } = options;
  return (
    (registry.getSingleMetric(name) as Histogram | undefined) ?? makeHistogram(client, registry, buckets)
  );
}

/** The one to measure with: whose the registry is, if there is one; that of another app here; the one in use; the app's first. */
async function findClient(registry: Registry | undefined): Promise<MetricsClient | undefined> {
  let clients = loadedClients();
  if (clients.length === 0) clients = await loadClients();
  return (
    clients.find((client) => registry && isOfClient(registry, client)) ??
    clients.find(({ register }) => register.getSingleMetric(name) && !isTaken(register)) ??
    clients.find(isInUse) ??
    clients[0]
  );
}

/** Whether the metric is there, and was not made here. */
function isTaken(registry: Registry): boolean {
  const metric = registry.getSingleMetric(name) as object | undefined;
  return metric !== undefined && !ours.has(metric);
}

function makeHistogram(
  { Histogram }: MetricsClient,
  registry: Registry,
  buckets: readonly number[] | undefined,
): Histogram {
  const histogram = new Histogram({
    name,
    help: 'Time from the head of a request to the end of its response.',
    labelNames: ['method', 'route', 'status_code'],
    registers: [registry],
    ...(buckets && { buckets: [...buckets] }),
  });
  ours.add(histogram);
  return histogram;
}
