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
}

/** One series of a family. */
export interface MetricSeries {
  /** The family's number. */
  family: number;
  /** Where it is not the family's, e.g. `…_bucket`. */
  name?: string;
  labels: Labels;
}

/** New families; the first has the number `first`, and so on. */
export interface MetricFamiliesNotice {
  type: 'metric-families';
  first: number;
  families: MetricFamily[];
}

/** New series, likewise. From 0 on: those that were told before are so no more. */
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

/** All values were told, as of now; in answer to that order, if to any. */
export interface MetricsToldNotice {
  type: 'metrics-told';
  gather?: number;
  /** How many metrics and series the worker has left out since it said so last, as there are too many. */
  leftOut?: number;
}

export type MetricsMessage =
  MetricFamiliesNotice | MetricSeriesNotice | MetricValuesNotice | MetricsToldNotice;

/** Metrics, and series of them, that a worker may have, and all of them together. An app that has more has a label with too many values. */
export const mostFamilies = 2_000;
export const mostSeries = 20_000;

/** Of the text that says what a metric is. */
export const longestHelp = 1_000;

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
    const { gather, leftOut } = message;
    const areCounts = [gather, leftOut].every((value) => value === undefined || isCount(value));
    return areCounts ? (message as unknown as MetricsToldNotice) : undefined;
  }
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

function isFamily({ name, help, type, aggregator }: Record<string, unknown>): boolean {
  return [name, help, type, aggregator].every((text) => typeof text === 'string');
}

function isSeries({ family, name, labels }: Record<string, unknown>): boolean {
  if (!isCount(family) || typeof labels !== 'object' || labels === null) return false;
  if (name !== undefined && typeof name !== 'string') return false;
  return Object.values(labels).every((value) => typeof value === 'string' || typeof value === 'number');
}
