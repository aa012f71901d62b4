import {
  longestHelp,
  longestSeries,
  mostFamilies,
  mostSeries,
  type Labels,
  type MetricFamily,
  type MetricSeries,
} from '../channel/metric-messages.js';
import { Family } from './app-family.js';
import { keyOf, Series } from './app-series.js';
import { LeftSeries } from './left-series.js';
import { areLabels, isFamily, isNameOf } from './metric-grammar.js';
import type { MetricRefusal } from './metric-refusal.js';

/** Of all names, helps and labels together. */
const mostCharacters = 2 * 1024 * 1024;

/** Which part may be in use where it is said that there is room. */
const roomy = 0.9;

/**
 * The metrics of the app, of all workers together, ever. There are no more of them than the primary has room for, and none that would
 * keep Prometheus from reading the rest. Counters that no worker has any more stay for as long as nobody needs their room.
 */
export class KnownSeries {
  readonly #families = new Map<string, Family>();
  readonly #left = new LeftSeries();
  /** Families that no worker has any more, the oldest first. */
  readonly #leftFamilies = new Set<Family>();
  #series = 0;
  #characters = 0;

  families(): IterableIterator<Family> {
    return this.#families.values();
  }

  /** Whether workers have a family of that name that is another one. */
  isContradicted(told: MetricFamily): boolean {
    const known = this.#families.get(told.name);
    return known !== undefined && known.users > 0 && known.contradicts(told);
  }

  /** Whether workers could have more than they have now. */
  get hasRoom(): boolean {
    return (
      this.#families.size - this.#leftFamilies.size < roomy * mostFamilies &&
      this.#series - this.#left.size < roomy * mostSeries &&
      this.#characters - this.#left.characters < roomy * mostCharacters
    );
  }

  /** One more worker has it. What it is those say who have it; those who had it have no word any more. */
  useFamily(told: MetricFamily): Family | MetricRefusal {
    if (!isFamily(told)) return 'malformed';
    if (told.help.length > longestHelp || (told.bounds?.length ?? 0) > longestSeries) return 'limit';
    if (this.isContradicted(told)) return 'conflict';
    const known = this.#families.get(told.name);
    if (known?.contradicts(told)) this.#drop(known);
    const family = this.#families.get(told.name) ?? this.#addFamily(told);
    if (family === undefined) return 'limit';
    this.#leftFamilies.delete(family);
    this.#characters += family.addUser(told.help);
    if (this.#hasRoomFor(0)) return family;
    this.leaveFamily(family, told.help);
    return 'limit';
  }

  /** One more worker has it. */
  useSeries(family: Family, told: MetricSeries): Series | MetricRefusal {
    if (!isNameOf(family, told.name) || !areLabels(told.labels)) return 'malformed';
    const key = keyOf(family, told);
    const series = family.series.get(key) ?? this.#addSeries(family, key, told.labels);
    if (series === undefined) return 'limit';
    this.#left.delete(series);
    series.users += 1;
    return series;
  }

  /** A worker has it no more. What it has counted stays; what is of now only goes with the last that has it. */
  leaveSeries(series: Series): void {
    series.users -= 1;
    const { family, key } = series;
    // It may have gone with its family.
    if (series.users > 0 || family.series.get(key) !== series) return;
    if (!series.isCumulative) return this.#remove(series);
    this.#left.add(series);
  }

  /** Likewise; `help`: that it had. Its series first. */
  leaveFamily(family: Family, help: string): void {
    this.#characters -= family.removeUser(help);
    if (family.users > 0) return;
    this.#leftFamilies.add(family);
    this.#forgetIfEmpty(family);
  }

  #addFamily(told: MetricFamily): Family | undefined {
    const [oldest] = this.#leftFamilies;
    if (this.#families.size >= mostFamilies && oldest) this.#drop(oldest);
    if (this.#families.size >= mostFamilies) return undefined;
    const family = new Family(told);
    this.#families.set(family.name, family);
    this.#characters += family.characters;
    return family;
  }

  #addSeries(family: Family, key: string, labels: Labels): Series | undefined {
    while (this.#series >= mostSeries) if (!this.#dropOldest()) return undefined;
    if (!this.#hasRoomFor(key.length)) return undefined;
    this.#series += 1;
    this.#characters += key.length;
    const series = new Series(family, key, labels);
    family.series.set(key, series);
    return series;
  }

  /** Makes it, if need be. */
  #hasRoomFor(characters: number): boolean {
    while (this.#characters + characters > mostCharacters) if (!this.#dropOldest()) return false;
    return true;
  }

  /** False if workers have all that there is. */
  #dropOldest(): boolean {
    const { oldest } = this.#left;
    if (oldest === undefined) return false;
    this.#remove(oldest);
    for (let next = this.#left.oldest; next && oldest.isOneWith(next); next = this.#left.oldest)
      this.#remove(next);
    return true;
  }

  #drop(family: Family): void {
    for (const series of family.series.values()) this.#remove(series);
    this.#forgetIfEmpty(family);
  }

  #remove(series: Series): void {
    const { family, key } = series;
    family.series.delete(key);
    this.#series -= 1;
    this.#characters -= key.length;
    this.#left.delete(series);
    this.#forgetIfEmpty(family);
  }

  #forgetIfEmpty(family: Family): void {
    if (family.users > 0 || family.series.size > 0) return;
    this.#leftFamilies.delete(family);
    if (this.#families.get(family.name) !== family) return;
    this.#families.delete(family.name);
    this.#characters -= family.characters;
  }
}
