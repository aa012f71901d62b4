/**
 * How a worker tells the primary of the app's own metrics. What a series is called is told once; after that its values are told, by
 * its number, as they are many and often.
 */
import { isCount } from './is-count.js';

export type Labels = Record<string, string | number>;

/** A metric as a client library describes it. */
export interface MetricFamily {
  name: string;
  help: string;
  /** `counter`, `gauge`, `histogram`, `summary`. */
  type: string;
  /** How the values of several processes become one: `sum`, `first`, `min`, `max`, `average`, `omit`. */
  aggregator: string;
  /** Of a histogram: the upper bounds of its buckets, with blanks between. */
  bounds?: string | undefined;
}

/** One series of a family. */
export interface MetricSeries {
  /** The family's number. */
  family: number;
  /** Where it is not the family's, e.g. `…_bucket`. */
  name?: string;
  labels: Labels;
}

/** New families; the first has the number `first`, and so on. From 0 on: whatever was told before is so no more. */
export interface MetricFamiliesNotice {
  type: 'metric-families';
  first: number;
  families: MetricFamily[];
}

/** New series, likewise. */
export interface MetricSeriesNotice {
  type: 'metric-series';
  first: number;
  series: MetricSeries[];
}

/** The values of the series from number `first` on: 64-bit floats in base64; NaN for a series that has none now. */
export interface MetricValuesNotice {
  type: 'metric-values';
  first: number;
  values: string;
}

/** One observation of those that a series counts (https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars). */
export interface MetricExemplar {
  /** The series' number. */
  series: number;
  labels: Labels;
  value: number;
  /** In seconds. */
  timestamp?: number;
}

/** The last exemplars of series, where they are others than before. */
export interface MetricExemplarsNotice {
  type: 'metric-exemplars';
  exemplars: MetricExemplar[];
}

/** A metric that could not be read. */
export interface MetricFailure {
  metric: string;
  message: string;
}

/** All values were told, as of now; in answer to that order, if to any. */
export interface MetricsToldNotice {
  type: 'metrics-told';
  gather?: number;
  /** How many metrics and series the worker has left out since it said so last, as there are too many. */
  leftOut?: number;
  /** How often a metric could not be read, likewise. */
  failed?: number;
  /** Some of these, each once. */
  failures?: MetricFailure[];
}

export type MetricsMessage =
  MetricFamiliesNotice | MetricSeriesNotice | MetricValuesNotice | MetricExemplarsNotice | MetricsToldNotice;

/** Metrics, and series of them, that a worker may have, and all of them together. An app that has more has a label with too many values. */
export const mostFamilies = 2_000;
export const mostSeries = 20_000;

/** Of the text that says what a metric is. */
export const longestHelp = 1_000;

/** Of what names a series, and of the bounds of a metric's buckets. */
export const longestSeries = 4_000;

/** Of an exemplar's labels, names and values together: OpenMetrics has it so. */
export const longestExemplar = 128;

/** Of a message that says why a metric could not be read; and how many of them are told at a time. */
export const longestFailure = 300;
export const mostFailures = 20;

/** Whether a series only grows, so that what all workers have counted, ever, is its sum. */
export function isCumulative(
  { type, aggregator }: Pick<MetricFamily, 'type' | 'aggregator'>,
  labels: Labels,
): boolean {
  const isSum = type === 'counter' || type === 'histogram' || (type === 'summary' && !('quantile' in labels));
  return aggregator === 'sum' && isSum;
}

export function encodeValues(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

/** `undefined` if it is no such text. */
export function decodeValues(text: string): Float64Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % Float64Array.BYTES_PER_ELEMENT !== 0) return undefined;
  // A copy, since a small Buffer lies anywhere in a larger one.
  return new Float64Array(new Uint8Array(bytes).buffer);
}

/** Reads what a worker says of its metrics. `undefined` if it is none. Whether metrics can be what it says is not checked here. */
export function parseMetricsMessage(message: Record<string, unknown>): MetricsMessage | undefined {
  const { type, first } = message;
  if (type === 'metrics-told') {
    const { gather, leftOut, failed, failures = [] } = message;
    const areCounts = [gather, leftOut, failed].every((value) => value === undefined || isCount(value));
    return areCounts && isArrayOf(failures, isFailure)
      ? (message as unknown as MetricsToldNotice)
      : undefined;
  }
  if (type === 'metric-exemplars')
    return isArrayOf(message['exemplars'], isExemplar)
      ? (message as unknown as MetricExemplarsNotice)
      : undefined;
  if (!isCount(first)) return undefined;
  if (type === 'metric-values')
    return typeof message['values'] === 'string' ? (message as unknown as MetricValuesNotice) : undefined;
  if (type === 'metric-families')
    return isArrayOf(message['families'], isFamily)
      ? (message as unknown as MetricFamiliesNotice)
      : undefined;
  if (type === 'metric-series')
    return isArrayOf(message['series'], isSeries) ? (message as unknown as MetricSeriesNotice) : undefined;
  return undefined;
}

function isArrayOf(value: unknown, isItem: (item: Record<string, unknown>) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (item) => typeof item === 'object' && item !== null && isItem(item as Record<string, unknown>),
    )
  );
}

function isFamily({ name, help, type, aggregator, bounds = '' }: Record<string, unknown>): boolean {
  return [name, help, type, aggregator, bounds].every((text) => typeof text === 'string');
}

function isSeries({ family, name, labels }: Record<string, unknown>): boolean {
  return isCount(family) && areLabels(labels) && (name === undefined || typeof name === 'string');
}

function isExemplar({ series, labels, value, timestamp = 0 }: Record<string, unknown>): boolean {
  const areNumbers = [value, timestamp].every((number) => typeof number === 'number');
  return isCount(series) && areLabels(labels) && areNumbers;
}

function isFailure({ metric, message }: Record<string, unknown>): boolean {
  return typeof metric === 'string' && typeof message === 'string';
}

function areLabels(labels: unknown): boolean {
  if (typeof labels !== 'object' || labels === null) return false;
  return Object.values(labels).every((value) => typeof value === 'string' || typeof value === 'number');
}
