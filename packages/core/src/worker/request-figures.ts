/** Where each figure is: as in `RequestCounts::Place` of native/src/request_counts.h. */
const begun = 0;
const aborted = 1;
const upgraded = 2;
const rejected = 3;
const duration = 4;
const responses = 5;
const durations = 9;

const slowest = 19;

/**
 * Counts what becomes of HTTP requests, in memory of the ledger: so the primary sees it without asking, and keeps it when this
 * process is killed. It runs for each request.
 */
export class RequestFigures {
  readonly #values: Float64Array;

  /** `memory`: of the ledger, for as long as this process lives. */
  constructor(memory: ArrayBuffer) {
    this.#values = new Float64Array(memory);
  }

  /** The head of a request was read. Returns the time. */
  begin(): number {
    this.#values[begun]! += 1;
    return performance.now();
  }

  /** The final response to it has ended. */
  answer(status: number, begunAt: number): void {
    const tookMs = performance.now() - begunAt;
    const values = this.#values;
    values[responses + classOf(status)]! += 1;
    values[duration]! += tookMs;
    values[durations + bucketOf(tookMs)]! += 1;
  }

  /** So many connections, or streams, closed before their responses had ended. */
  abort(count: number): void {
    this.#values[aborted]! += count;
  }

  /** The app took a connection over. */
  upgrade(): void {
    this.#values[upgraded]! += 1;
  }

  /** Node has answered by itself what was no request. */
  reject(): void {
    this.#values[rejected]! += 1;
  }
}

/** From 0, for 2xx, to 3, for 5xx and what is beyond. */
function classOf(status: number): number {
  return Math.min(Math.max(Math.floor(status / 100) - 2, 0), 3);
}

/** The first whose upper bound is not less: 0.25 ms, doubled for each. */
function bucketOf(tookMs: number): number {
  const quarters = Math.ceil(tookMs * 4);
  if (quarters <= 1) return 0;
  return quarters > 1 << (slowest - 1) ? slowest : 32 - Math.clz32(quarters - 1);
}
