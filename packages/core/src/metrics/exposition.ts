import { Registry, type Metric, type RegistryContentType } from 'prom-client';
import type { MetricObject } from './app-metrics.js';

/** A scrape's answer. */
export interface Exposition {
  contentType: string;
  text: string;
}

/** Whether a scrape with that header `Accept` is to be answered in OpenMetrics. */
export function isOpenMetricsWanted(accept: string | undefined): boolean {
  return accept?.includes('application/openmetrics-text') === true;
}

/** Metrics as Prometheus reads them: in its text format, or in OpenMetrics. */
export async function expose(metrics: readonly MetricObject[], isOpenMetrics: boolean): Promise<Exposition> {
  const contentType: RegistryContentType = isOpenMetrics
    ? Registry.OPENMETRICS_CONTENT_TYPE
    : Registry.PROMETHEUS_CONTENT_TYPE;
  const registry: Registry<RegistryContentType> = new Registry<RegistryContentType>();
  registry.setContentType(contentType);
  for (const metric of metrics) {
    // A registry for OpenMetrics changes the names of counters, and takes what get() says at its word.
    const entry = { ...metric, get: () => ({ ...metric, name: entry.name }) };
    if (registry.getSingleMetric(metric.name) === undefined)
      registry.registerMetric(entry as unknown as Metric);
  }
  return { contentType, text: await registry.metrics() };
}
