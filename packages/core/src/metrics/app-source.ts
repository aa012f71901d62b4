import {
  decodeValues,
  longestExemplar,
  mostFamilies,
  mostSeries,
  type MetricExemplar,
  type MetricFamily,
  type MetricSeries,
  type MetricsMessage,
} from '../channel/metric-messages.js';
import type { Family } from './app-family.js';
import type { Series } from './app-series.js';
import type { KnownSeries } from './known-series.js';
import { areLabels } from './metric-grammar.js';
import type { MetricRefusal, RefusedMetric } from './metric-refusal.js';

type Refuse = (why: MetricRefusal, told?: RefusedMetric, count?: number) => void;

/** What one worker has told; `undefined` in the place of what was refused. */
export class AppSource {
  readonly #known: KnownSeries;
  readonly #refuse: Refuse;
  #families: ({ family: Family; help: string } | undefined)[] = [];
  #series: (Series | undefined)[] = [];
  #values: number[] = [];
  /** While it tells all anew: the values of before, of what it has not told again yet. */
  #before = new Map<Series, number>();
  /** Whether its values are of now: else what goes up and down is left out. */
  isFresh = false;
  /** Whether there was no room for some of it. */
  #lacksRoom = false;
  /** Metrics of which others say something else, by their names. */
  readonly #contradicted = new Map<string, MetricFamily>();

  constructor(known: KnownSeries, refuse: Refuse) {
    this.#known = known;
    this.#refuse = refuse;
  }

  /** Whether something was refused that would be taken now. */
  get hasMissed(): boolean {
    if (this.#lacksRoom && this.#known.hasRoom) return true;
    return [...this.#contradicted.values()].some((told) => !this.#known.isContradicted(told));
  }

  /** False if it makes no sense. */
  take(message: MetricsMessage): boolean {
    switch (message.type) {
      case 'metric-families':
        if (message.first === 0) this.#beginAnew();
        message.families.forEach((told, index) => this.#takeFamily(message.first + index, told));
        return true;
      case 'metric-series':
        message.series.forEach((told, index) => this.#takeSeries(message.first + index, told));
        return true;
      case 'metric-values':
        return this.#takeValues(message.first, message.values);
      case 'metric-exemplars':
        for (const told of message.exemplars) this.#takeExemplar(told);
        return true;
      case 'metrics-told':
        if (message.leftOut) this.#refuse('limit', undefined, message.leftOut);
        this.#keepBefore();
        this.isFresh = true;
        return true;
    }
  }

  /** Adds its values to those of others. */
  read(values: Map<Series, number[]>): void {
    const add = (series: Series | undefined, value = NaN): void => {
      if (series === undefined || Number.isNaN(value) || !(series.isCumulative || this.isFresh)) return;
      const others = values.get(series);
      if (others) others.push(value);
      else values.set(series, [value]);
    };
    this.#series.forEach((series, place) => add(series, this.#values[place]));
    for (const [series, value] of this.#before) if (series.isCumulative) add(series, value);
  }

  /** The worker is gone. */
  end(): void {
    this.#beginAnew();
    this.#keepBefore();
  }

  #beginAnew(): void {
    this.#series.forEach((series, place) => {
      if (series === undefined) return;
      const value = this.#values[place] ?? NaN;
      if (!Number.isNaN(value)) this.#before.set(series, value);
      this.#known.leaveSeries(series);
    });
    for (const one of this.#families) if (one) this.#known.leaveFamily(one.family, one.help);
    this.#families = [];
    this.#series = [];
    this.#values = [];
    this.#lacksRoom = false;
    this.#contradicted.clear();
  }

  /** It has these no more. */
  #keepBefore(): void {
    for (const [series, value] of this.#before) series.keep(value);
    this.#before.clear();
  }

  #takeFamily(place: number, told: MetricFamily): void {
    if (place >= mostFamilies) return this.#refuse('limit', told);
    const before = this.#families[place];
    const taken = this.#known.useFamily(told);
    if (taken === 'conflict') this.#contradicted.set(told.name, told);
    this.#families[place] =
      typeof taken === 'string' ? this.#miss(taken, told) : { family: taken, help: told.help };
    if (before) this.#known.leaveFamily(before.family, before.help);
  }

  #takeSeries(place: number, told: MetricSeries): void {
    const family = this.#families[told.family]?.family;
    if (place >= mostSeries) return this.#refuse('limit', family);
    const before = this.#series[place];
    // With a family that was refused, so were its series.
    const taken = family && this.#known.useSeries(family, told);
    const series = typeof taken === 'string' ? this.#miss(taken, family) : taken;
    this.#series[place] = series;
    this.#values[place] = (series && this.#before.get(series)) ?? NaN;
    if (series) this.#before.delete(series);
    if (before) this.#known.leaveSeries(before);
  }

  #takeValues(first: number, text: string): boolean {
    const told = decodeValues(text);
    if (told === undefined || first + told.length > this.#series.length) return false;
    told.forEach((value, index) => {
      const place = first + index;
      const series = this.#series[place];
      const before = this.#values[place] ?? NaN;
      // For ever, the sum of all workers would be infinite too.
      if (series?.isCumulative && Math.abs(value) === Infinity)
        return this.#refuse('infinite', series.family);
      // It was reset, or its registry was cleared.
      if (value < before || Number.isNaN(value)) series?.keep(before);
      this.#values[place] = value;
    });
    return true;
  }

  #takeExemplar({ series: place, labels, value, timestamp }: MetricExemplar): void {
    const series = this.#series[place];
    if (series === undefined) return;
    const { family, exemplar } = series;
    const length = Object.entries(labels).reduce((sum, [name, text]) => sum + `${name}${text}`.length, 0);
    const isNumber = Number.isFinite(value) && (timestamp === undefined || Number.isFinite(timestamp));
    if (!areLabels(labels) || length > longestExemplar || !isNumber) return this.#refuse('malformed', family);
    // Another worker may have seen a later one.
    if ((timestamp ?? Infinity) >= (exemplar?.timestamp ?? -Infinity))
      series.exemplar = { labelSet: labels, value, timestamp };
  }

  #miss(why: MetricRefusal, told: RefusedMetric | undefined): undefined {
    if (why === 'limit') this.#lacksRoom = true;
    this.#refuse(why, told);
  }
}
