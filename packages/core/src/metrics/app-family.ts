import type { MetricFamily } from '../channel/metric-messages.js';
import { aggregators } from './aggregate.js';
import type { Series } from './app-series.js';

/** A metric of the app, whichever workers have it. */
export class Family {
  readonly name: string;
  readonly type: string;
  readonly aggregator: string;
  readonly bounds: string | undefined;
  /** By their keys. */
  readonly series = new Map<string, Series>();
  /** How many workers have it. */
  users = 0;
  /** How many workers have which help: an earlier one's is before that of a later one. */
  readonly #helps = new Map<string, number>();

  constructor({ name, type, aggregator, bounds }: MetricFamily) {
    this.name = name;
    this.type = type;
    this.aggregator = knownAggregator(aggregator);
    this.bounds = bounds;
  }

  /** That of the workers that have had it for longest. */
  get help(): string {
    const [help = ''] = this.#helps.keys();
    return help;
  }

  /** Whether values of the two must not be added up. Another help is no reason. */
  contradicts({ type, aggregator, bounds }: Omit<MetricFamily, 'name' | 'help'>): boolean {
    return type !== this.type || knownAggregator(aggregator) !== this.aggregator || bounds !== this.bounds;
  }

  hasHelp(help: string): boolean {
    return this.#helps.has(help);
  }

  /** One more worker has it. Returns how many characters more are kept. */
  addUser(help: string): number {
    this.users += 1;
    const before = this.#characters();
    this.#helps.set(help, (this.#helps.get(help) ?? 0) + 1);
    this.#forgetHelps();
    return this.#characters() - before;
  }

  /** One has it no more. Returns how many characters fewer are kept: the last help stays. */
  removeUser(help: string): number {
    this.users -= 1;
    const before = this.#characters();
    this.#helps.set(help, (this.#helps.get(help) ?? 0) - 1);
    this.#forgetHelps();
    return before - this.#characters();
  }

  /** What it takes to name it. */
  get characters(): number {
    return this.name.length + (this.bounds?.length ?? 0) + this.#characters();
  }

  #characters(): number {
    let sum = 0;
    for (const help of this.#helps.keys()) sum += help.length;
    return sum;
  }

  #forgetHelps(): void {
    for (const [help, users] of this.#helps) if (users <= 0 && this.#helps.size > 1) this.#helps.delete(help);
  }
}

function knownAggregator(aggregator: string): string {
  return aggregators.includes(aggregator) ? aggregator : 'sum';
}
