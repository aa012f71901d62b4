import { BatonError } from '@baton/core/worker';
import type { FastifyInstance } from 'fastify';
import type { ResolvedMetrics } from './options.js';

/** What is used of a registry of `prom-client`, or of `@prometheus-io/client`. */
export interface Registry {
  readonly contentType: string;
  metrics(): Promise<string>;
  getMetricsAsJSON(): Promise<object[]>;
  getSingleMetric(name: string): unknown;
}

/** What is used of `prom-client`, or of `@prometheus-io/client`. */
export interface MetricsClient {
  readonly register: Registry;
  // What each client asks for is its own; both take what is given here.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly Histogram: new (configuration: any) => Histogram;
}

interface Histogram {
  observe(labels: Record<string, string | number>, value: number): void;
}

const name = 'http_request_duration_seconds';

/** Stands for methods that the app does not know, and for the route of what no route was found for: of those there may be many. */
const other = '_OTHER';

/** The histograms that were made here: apps in one process, with one registry, have one together. */
const ours = new WeakSet<object>();

/**
 * Measures the requests of an app from here on. Resolves with the registry in which that is, or with undefined where it was not
 * asked for and there is no client. Throws BATON_METRICS_CLIENT or BATON_METRIC_TAKEN.
 */
export async function measureRequests(
  app: FastifyInstance,
  options: ResolvedMetrics,
): Promise<Registry | undefined> {
  const client = options.client ?? (await loadClient(app, options.isAsked));
  if (client === undefined) return undefined;
  const { registry = client.register, buckets } = options;
  const histogram = histogramOf(client, registry, buckets);

  let methods = new Set<string>();
  // Until then, the app may tell Fastify of more methods.
  app.addHook('onReady', async () => void (methods = new Set(app.supportedMethods)));
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const labels = {
      method: methods.has(method) ? method : other,
      route: request.routeOptions.url ?? other,
      status_code: reply.statusCode,
    };
    histogram.observe(labels, reply.elapsedTime / 1000);
    done();
  });
  return registry;
}

async function loadClient(app: FastifyInstance, isAsked: boolean): Promise<MetricsClient | undefined> {
  try {
    return (await import('prom-client')).default;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (isAsked || code !== 'ERR_MODULE_NOT_FOUND')
      throw new BatonError('BATON_METRICS_CLIENT', [code ?? message], cause);
    app.log.info('prom-client is not installed: Baton does not measure requests');
    return undefined;
  }
}

function histogramOf(
  { Histogram }: MetricsClient,
  registry: Registry,
  buckets: readonly number[] | undefined,
): Histogram {
  const known = registry.getSingleMetric(name) as Histogram | undefined;
  if (known !== undefined) {
    if (!ours.has(known)) throw new BatonError('BATON_METRIC_TAKEN', [name]);
    return known;
  }
  const histogram = new Histogram({
    name,
    help: 'From the head of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status_code'],
    registers: [registry],
    ...(buckets && { buckets: [...buckets] }),
  });
  ours.add(histogram);
  return histogram;
}
