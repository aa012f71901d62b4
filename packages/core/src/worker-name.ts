/** A worker, for people: `worker 0 (pid 77)`. One that could not be started has no pid. */
export function nameWorker(slot: number, pid: number | undefined): string {
  return pid === undefined ? `worker ${slot}` : `worker ${slot} (pid ${pid})`;
}
