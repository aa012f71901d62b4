import { Registry } from 'prom-client';
import type { Labels } from '../channel/metric-messages.js';
import type { MetricObject } from './app-metrics.js';
import type { Exemplar } from './app-series.js';

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
 * What is stored of them has the same names in both. Of several of one name, the first. A registry of prom-client writes the same, but makes
 * several short-lived objects of each label: where an app has thousands of series, the process grows by tens of megabytes for that.
 */
export function expose(metrics: readonly MetricObject[], isOpenMetrics: boolean): Exposition {
  const names = new Set(metrics.map(({ name }) => name));
  const written = new Set<string>();
  const text = new GrowingText();
  for (const metric of metrics) {
    if (written.has(metric.name)) continue;
    if (written.size > 0 && !isOpenMetrics) text.add('\n');
    written.add(metric.name);
    const { name, type } = isOpenMetrics ? openMetricsHead(metric, names) : metric;
    text.add(`# HELP ${name} ${escape(metric.help)}\n# TYPE ${name} ${type}\n`);
    for (const { value, labels, metricName = metric.name, exemplar } of metric.values) {
      const mayHaveExemplar = isOpenMetrics && (type === 'counter' || metricName.endsWith('_bucket'));
      const ending = exemplar && mayHaveExemplar ? formatExemplar(exemplar) : '';
      text.add(`${metricName}${formatLabels(labels)} ${formatValue(value)}${ending}\n`);
    }
  }
  if (isOpenMetrics) text.add('# EOF\n');
  const contentType = isOpenMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE;
  return { contentType, body: text.end() };
}

/**
 * In OpenMetrics, the sample of a counter is called as the counter, with `_total` behind it
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/#counter). One that cannot have it so keeps its name, and has no type.
 */
function openMetricsHead(
  { name, type }: MetricObject,
  names: ReadonlySet<string>,
): Pick<MetricObject, 'name' | 'type'> {
  if (type !== 'counter') return { name, type };
  const ownName = withoutTotal(name);
  return ownName === name || names.has(ownName) ? { name, type: 'unknown' } : { name: ownName, type };
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

function formatExemplar({ labelSet, value, timestamp }: Exemplar): string {
  const time = timestamp === undefined ? '' : ` ${formatValue(timestamp)}`;
  return ` # ${formatLabels(labelSet) || '{}'} ${formatValue(value)}${time}`;
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
