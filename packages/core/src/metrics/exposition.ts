import { Registry } from 'prom-client';
import type { Labels } from '../channel/metric-messages.js';
import type { MetricObject } from './app-metrics.js';

/** A scrape's answer. */
export interface Exposition {
  contentType: string;
  body: Buffer;
}

/** Whether a scrape with that header `Accept` is to be answered in OpenMetrics. */
export function isOpenMetricsWanted(accept: string | undefined): boolean {
  return accept?.includes('application/openmetrics-text') === true;
}

/**
 * Metrics as Prometheus reads them: in its text format (https://prometheus.io/docs/instrumenting/exposition_formats/), or in OpenMetrics 1.0.
 * Of several of one name, the first. A registry of prom-client writes the same, but makes several short-lived objects of each label: where
 * an app has thousands of series, the process grows by tens of megabytes for that.
 */
export function expose(metrics: readonly MetricObject[], isOpenMetrics: boolean): Exposition {
  const written = new Set<string>();
  const text = new GrowingText();
  for (const metric of metrics) {
    // In OpenMetrics a counter's name has no end, and its samples have one.
    const isOpenCounter = isOpenMetrics && metric.type === 'counter';
    const name = isOpenCounter ? withoutTotal(metric.name) : metric.name;
    if (written.has(name)) continue;
    if (written.size > 0 && !isOpenMetrics) text.add('\n');
    written.add(name);
    text.add(`# HELP ${name} ${escape(metric.help)}\n# TYPE ${name} ${metric.type}\n`);
    for (const { value, labels, metricName = name } of metric.values) {
      const sample = isOpenCounter ? `${withoutTotal(metricName)}_total` : metricName;
      text.add(`${sample}${formatLabels(labels)} ${formatValue(value)}\n`);
    }
  }
  if (isOpenMetrics) text.add('# EOF\n');
  const contentType = isOpenMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE;
  return { contentType, body: text.end() };
}

/** Strings that are put together are kept in their parts until they are read: here, never many of them. */
class GrowingText {
  readonly #chunks: Buffer[] = [];
  #last = '';

  add(text: string): void {
    this.#last += text;
    if (this.#last.length > 16 * 1024) this.#flush();
  }

  end(): Buffer {
    this.#flush();
    return Buffer.concat(this.#chunks);
  }

  #flush(): void {
    this.#chunks.push(Buffer.from(this.#last));
    this.#last = '';
  }
}

function withoutTotal(name: string): string {
  return name.replace(/_total$/, '');
}

function formatLabels(labels: Labels): string {
  let text = '';
  for (const name in labels)
    text += `${text === '' ? '{' : ','}${name}="${escape(String(labels[name])).replaceAll('"', String.raw`\"`)}"`;
  return text === '' ? '' : `${text}}`;
}

function escape(text: string): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
}

function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
