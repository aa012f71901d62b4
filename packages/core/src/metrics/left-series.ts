import type { Series } from './app-series.js';

/** Series that no worker has any more, in the order in which they were left. A Set would look for its oldest through all that were deleted. */
export class LeftSeries {
  #oldest: Series | undefined;
  #newest: Series | undefined;
  size = 0;
  /** Of their keys. */
  characters = 0;

  get oldest(): Series | undefined {
    return this.#oldest;
  }

  add(series: Series): void {
    series.isLeft = true;
    series.older = this.#newest;
    if (this.#newest) this.#newest.newer = series;
    else this.#oldest = series;
    this.#newest = series;
    this.size += 1;
    this.characters += series.key.length;
  }

  /** Of one that is none of these, nothing. */
  delete(series: Series): void {
    if (!series.isLeft) return;
    const { older, newer } = series;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    series.isLeft = false;
    series.older = series.newer = undefined;
    this.size -= 1;
    this.characters -= series.key.length;
  }
}
