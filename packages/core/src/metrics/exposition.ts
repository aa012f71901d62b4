import { Registry, type Metric, type RegistryContentType } from 'prom-client';
import type { MetricObject } from './app-metrics.js';

/** A scrape's answer. */
export interface Exposition {
  contentType: string;
  text: string;
}

/** Metrics as Prometheus reads them: in its text format, or in OpenMetrics where `accept` asks for that. */
export async function expose(
  metrics: readonly MetricObject[],
  accept: string | undefined,
): Promise<Exposition> {
  const isOpen = accept?.includes('application/openmetrics-text') === true;
  const contentType: RegistryContentType = isOpen
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
