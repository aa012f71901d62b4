/** The first pause that is one, and the longest. */
const firstPauseMs = 100;
const longestPauseMs = 30_000;

/** How long a slot waits before its crashed worker is started again, so that one that crashes at once does not burn a processor. */
export class Backoff {
  readonly #minUptimeMs: number;
  #earlyCrashes = 0;

  constructor(minUptimeMs: number) {
    this.#minUptimeMs = minUptimeMs;
  }

  /**
   * A worker has crashed after so long. Returns how long to wait: nothing, if it lived for `minUptimeMs`, or is the first that did
   * not; then 100 ms, and twice as long each time, up to 30 s.
   */
  onCrash(ageMs: number): number {
    this.#earlyCrashes = ageMs < this.#minUptimeMs ? this.#earlyCrashes + 1 : 0;
    return this.#earlyCrashes < 2 ? 0 : doubled(firstPauseMs, this.#earlyCrashes - 2, longestPauseMs);
  }
}

/** A pause that was doubled so many times, but is not longer than the longest. */
export function doubled(firstMs: number, times: number, longestMs: number): number {
  return Math.min(firstMs * 2 ** times, longestMs);
}
