import { readdirSync, readFileSync } from 'node:fs';

/** Time on a processor, in nanoseconds. */
export interface CpuTime {
  primary: number;
  all: number;
}

/** What a process and its descendants have used so far. */
export function cpuTime(pid: number): CpuTime {
  const primary = ofProcess(pid);
  return { primary, all: descendants(pid).reduce((sum, child) => sum + ofProcess(child), primary) };
}

/** All threads of a process, from schedstat, whose unit is the nanosecond (proc(5); stat has ticks of 10 ms). */
function ofProcess(pid: number): number {
  return threads(pid).reduce(
    (sum, thread) => sum + Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]),
    0,
  );
}

/** The processes below a process. */
export function descendants(pid: number): number[] {
  const children = threads(pid).flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(' '));
  const pids = children.filter((child) => child !== '').map(Number);
  return pids.flatMap((child) => [child, ...descendants(child)]);
}

function threads(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`);
}

function read(file: string): string {
  return readFileSync(file, 'utf8').trim();
}
