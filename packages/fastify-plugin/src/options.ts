import { BatonError } from '@baton/core/worker';
import { isClient, isRegistry, type MetricsClient, type Registry } from './metrics-client.js';

/** How requests are measured. */
export interface MetricsOptions {
  /** `prom-client`, `@prometheus-io/client` or `@platformatic/prom-client`. Default: the one that the app uses, or has. */
  client?: MetricsClient;
  /** Where the histogram goes. Default: the client's own, `client.register`. */
  registry?: Registry;
  /** The histogram's upper bounds, in seconds. Default: the client's, 5 ms … 10 s. */
  buckets?: readonly number[];
  /** Default: true. */
  enabled?: boolean;
}

/** Where the health of all workers is served. */
export interface HealthRoutes {
  /** Default: `/livez`. */
  live?: string;
  /** Default: `/readyz`. */
  ready?: string;
}

/** Options of the plugin. */
export interface BatonOptions {
  /**
   * `false`: requests are not measured. `true`: as by default, but it is an error where there is no client, or another measures already.
   */
  metrics?: boolean | MetricsOptions;
  /** More registries of the app, whose metrics the primary serves too. */
  registries?: readonly Registry[];
  /** Whether, and where, the app itself serves the health of all workers. Default: false. */
  healthRoutes?: boolean | HealthRoutes;
  /** Whether, and where, the app itself serves the metrics of all workers. Default: false; `true` is `/metrics`. */
  metricsRoute?: boolean | string;
}

/** How requests are measured, with all choices made. `isAsked`: it is an error if that cannot be done. */
export type ResolvedMetrics = Omit<MetricsOptions, 'enabled'> & { isAsked: boolean };

export interface ResolvedOptions {
  metrics: ResolvedMetrics | undefined;
  registries: readonly Registry[];
  healthRoutes: Required<HealthRoutes> | undefined;
  metricsRoute: string | undefined;
}

/** Throws BATON_INVALID_OPTION or BATON_UNKNOWN_OPTION, naming the option. */
export function resolveOptions(given: BatonOptions): ResolvedOptions {
  checkNames('', given, ['metrics', 'registries', 'healthRoutes', 'metricsRoute']);
  const { metrics, registries = [], healthRoutes = false, metricsRoute = false } = given;
  if (!Array.isArray(registries) || !registries.every(isRegistry))
    throw invalid('registries', 'an array of registries of prom-client or a compatible client', registries);
  return {
    metrics: resolveMetrics(metrics),
    registries,
    healthRoutes: resolveHealthRoutes(healthRoutes),
    metricsRoute:
      typeof metricsRoute === 'boolean'
        ? metricsRoute
          ? '/metrics'
          : undefined
        : route('metricsRoute', metricsRoute),
  };
}

function resolveMetrics(given: boolean | MetricsOptions | undefined): ResolvedMetrics | undefined {
  if (given === undefined) return { isAsked: false };
  if (given === true) return { isAsked: true };
  if (given === false) return undefined;
  if (!isObject(given)) throw invalid('metrics', 'true, false or an object', given);
  checkNames('metrics.', given, ['client', 'registry', 'buckets', 'enabled']);
  const { client, registry, buckets, enabled = true } = given;
  if (typeof enabled !== 'boolean') throw invalid('metrics.enabled', 'true or false', enabled);
  if (client !== undefined && !isClient(client))
    throw invalid('metrics.client', 'prom-client or a compatible client', client);
  if (registry !== undefined && !isRegistry(registry))
    throw invalid('metrics.registry', 'a registry of the client', registry);
  if (buckets !== undefined && !areBuckets(buckets))
    throw invalid('metrics.buckets', 'an array of seconds in ascending order', buckets);
  if (!enabled) return undefined;
  return {
    isAsked: true,
    ...(client && { client }),
    ...(registry && { registry }),
    ...(buckets && { buckets }),
  };
}

function resolveHealthRoutes(given: boolean | HealthRoutes): Required<HealthRoutes> | undefined {
  if (given === false) return undefined;
  if (given !== true && !isObject(given)) throw invalid('healthRoutes', 'true, false or an object', given);
  const { live = '/livez', ready = '/readyz' } = given === true ? {} : given;
  if (given !== true) checkNames('healthRoutes.', given, ['live', 'ready']);
  const paths = { live: route('healthRoutes.live', live), ready: route('healthRoutes.ready', ready) };
  if (live === ready) throw invalid('healthRoutes.ready', 'a different path than healthRoutes.live', ready);
  return paths;
}

/** What Fastify itself makes of `prefix` and the like does not hold for this plugin, so they are refused with the unknown. */
function checkNames(parent: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new BatonError('BATON_UNKNOWN_OPTION', [
      parent + unknown,
      `Known: ${known.map((name) => parent + name).join(', ')}.`,
    ]);
}

function route(name: string, given: unknown): string {
  if (typeof given !== 'string' || !given.startsWith('/'))
    throw invalid(name, 'a path that begins with /', given);
  return given;
}

function areBuckets(given: unknown): boolean {
  return (
    Array.isArray(given) &&
    given.length > 0 &&
    given.every((bound, index) => Number.isFinite(bound) && (index === 0 || bound > given[index - 1]))
  );
}

function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function invalid(name: string, expected: string, given: unknown): BatonError {
  return new BatonError('BATON_INVALID_OPTION', [name, expected, given]);
}
