/** CLOCK_MONOTONIC (clock_gettime(2)), which all processes of a machine share; `performance.now()` begins with its process. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
