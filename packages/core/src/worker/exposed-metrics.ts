import {
  encodeValues,
  mostFailures,
  type MetricFailure,
  type MetricsMessage,
} from '../channel/metric-messages.js';
import type { GatherOrder } from '../channel/messages.js';
import { MetricsReader } from './metrics-reader.js';
import type { MetricsRegistry } from './metrics-registry.js';
import { ToldMetrics } from './told-metrics.js';

/** Of one record's JSON; the channel has room for 64 KiB. */
const mostBytes = 40_000;
const valuesARecord = 3_000;

/** How long metrics are waited for that are told unasked: as long as a scrape waits by default. */
const unaskedMs = 1_000;

/** Which part of the time that the primary waits is for the metrics to be read: the rest is for telling. */
const readingPart = 0.8;

type Order = Pick<GatherOrder, 'gather' | 'withinMs' | 'isAnew'>;

/** A telling that is to follow the one that goes on. */
interface Waiting {
  order: Order | undefined;
  /** When whoever has asked for it waits no more. */
  until: number;
  isTold: Promise<void>;
}

/** The metrics of this worker's app, told to the primary, which sums those of all workers. */
export class ExposedMetrics {
  readonly #send: (message: MetricsMessage) => boolean;
  readonly #reader = new MetricsReader();
  readonly #told = new ToldMetrics();
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #current: Promise<void> | undefined;
  #waiting: Waiting | undefined;
  /** Whether the primary has missed a part of this telling. */
  #isCut = false;
  #leftOut = 0;
  #failed = 0;

  /** `send`: false if the primary does not read. `intervalMs`: how often values are told unasked. */
  constructor(send: (message: MetricsMessage) => boolean, intervalMs: number) {
    this.#intervalMs = intervalMs;
    this.#send = (message) => {
      // The rest would mean nothing to it.
      if (this.#isCut) return false;
      this.#isCut = !send(message);
      // What it has missed it is told anew.
      if (this.#isCut) this.#told.forget();
      return !this.#isCut;
    };
  }

  add(registry: MetricsRegistry): void {
    this.#reader.add(registry);
    // So that the primary knows whom to ask.
    void this.tell();
    // Workers that were started together do not tell together.
    if (this.#timer === undefined) this.#tellIn(Math.random() * this.#intervalMs);
  }

  /**
   * Tells all values as they are now. Called again meanwhile, once more: who calls before that has begun shares it. Never rejects, and
   * never takes longer than two tellings, whatever the app's metrics do.
   */
  tell(order?: Order): Promise<void> {
    const until = performance.now() + readingPart * (order?.withinMs ?? unaskedMs);
    if (this.#waiting !== undefined) {
      this.#waiting.order = order ?? this.#waiting.order;
      this.#waiting.until = until;
      return this.#waiting.isTold;
    }
    if (this.#current === undefined) return this.#begin(order, until);
    const waiting = { order, until, isTold: this.#current.then(() => this.#goOn()) };
    this.#waiting = waiting;
    return waiting.isTold;
  }

  /** Nobody is left to be told. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #begin(order: Order | undefined, until: number): Promise<void> {
    const current = this.#tellNow(order, until).finally(() => {
      if (this.#current === current) this.#current = undefined;
    });
    this.#current = current;
    return current;
  }

  #goOn(): Promise<void> {
    const { order, until } = this.#waiting!;
    this.#waiting = undefined;
    return this.#begin(order, until);
  }

  #tellIn(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#tellIn(this.#intervalMs);
      void this.tell();
    }, delayMs).unref();
  }

  async #tellNow(order: Order | undefined, until: number): Promise<void> {
    const { metrics, failures } = await this.#reader.read(Math.max(1, until - performance.now()));
    if (order?.isAnew) this.#told.forget();
    const telling = this.#told.next(metrics);
    this.#isCut = false;
    if (telling.isAnew) this.#send({ type: 'metric-families', first: 0, families: [] });
    this.#inParts(telling.families, telling.firstFamily, (first, families) => ({
      type: 'metric-families',
      first,
      families,
    }));
    this.#inParts(telling.series, telling.firstSeries, (first, series) => ({
      type: 'metric-series',
      first,
      series,
    }));
    const { values } = telling;
    for (let first = 0; first < values.length; first += valuesARecord) {
      const part = values.subarray(first, first + valuesARecord);
      this.#send({ type: 'metric-values', first, values: encodeValues(part) });
    }
    this.#inParts(telling.exemplars, 0, (_first, exemplars) => ({ type: 'metric-exemplars', exemplars }));
    this.#leftOut += telling.leftOut;
    this.#end(order, [...failures, ...telling.failures]);
  }

  /** That all is told, and what could not be. */
  #end(order: Order | undefined, failures: readonly MetricFailure[]): void {
    this.#failed += failures.length;
    const isSent = this.#send({
      type: 'metrics-told',
      ...(order === undefined ? {} : { gather: order.gather }),
      ...(this.#leftOut === 0 ? {} : { leftOut: this.#leftOut }),
      ...(this.#failed === 0 ? {} : { failed: this.#failed, failures: failures.slice(0, mostFailures) }),
    });
    if (isSent) this.#leftOut = this.#failed = 0;
  }

  #inParts<T>(items: readonly T[], first: number, make: (first: number, part: T[]) => MetricsMessage): void {
    let part: T[] = [];
    let bytes = 0;
    let place = first;
    const send = (): void => {
      if (part.length > 0) this.#send(make(place, part));
      place += part.length;
      part = [];
      bytes = 0;
    };
    for (const item of items) {
      const size = JSON.stringify(item).length;
      if (bytes + size > mostBytes) send();
      part.push(item);
      bytes += size;
    }
    send();
  }
}
