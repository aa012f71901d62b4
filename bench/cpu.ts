import { readdirSync, readFileSync } from 'node:fs';

/** Time on a processor, in nanoseconds. */
export interface CpuTime {
  primary: number;
  all: number;
}

/** USER_HZ, which is 100 on all that Linux runs on today. */
const tickNs = 1e7;

/** What a process and its descendants have used so far. */
export function cpuTime(pid: number): CpuTime {
  return sum(pid, ofProcess);
}

/** Of that, what they have used in user mode. */
export function userTime(pid: number): CpuTime {
  return sum(pid, userOfProcess);
}

function sum(pid: number, of: (pid: number) => number): CpuTime {
  const primary = of(pid);
  return { primary, all: descendants(pid).reduce((all, child) => all + of(child), primary) };
}

/** All threads of a process, from schedstat, whose unit is the nanosecond (proc(5); stat has ticks of 10 ms). */
function ofProcess(pid: number): number {
  return threads(pid).reduce(
    (sum, thread) => sum + Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]),
    0,
  );
}

/** In ticks of 10 ms (proc(5), /proc/[pid]/stat, utime): the 14th field, and the second may have spaces, but ends with `)`. */
function userOfProcess(pid: number): number {
  const [, after = ''] = /^.*\) (.*)$/s.exec(read(`/proc/${pid}/stat`)) ?? [];
  return Number(after.split(' ')[11]) * tickNs;
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
