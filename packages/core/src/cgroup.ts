import { readFileSync } from 'node:fs';
import path from 'node:path';
import { relativeInside } from './working-directory.js';

/** A limit of control groups, and the file that sets it. */
export interface CgroupLimit {
  value: number;
  file: string;
}

/** Of control groups (cgroups(7)); a machine may have both at once. */
type Version = 1 | 2;

interface Mount {
  version: Version;
  /** Of version 1: the controllers that it is for, among other words. */
  options: string[];
  /** The group that is mounted. */
  root: string;
  /** Where. */
  point: string;
}

/**
 * The time of how many processors this process may use, with all others of its control group: the lowest quota of that group and of
 * those above it. `undefined`: there is none. https://docs.kernel.org/admin-guide/cgroup-v2.html (cpu.max), and
 * https://docs.kernel.org/scheduler/sched-bwc.html of version 1. `proc`: where proc(5) has this process.
 */
export function cpuQuota(proc = '/proc/self'): CgroupLimit | undefined {
  return lowestOf(proc, 'cpu', (group, version) => {
    const file = path.join(group, version === 2 ? 'cpu.max' : 'cpu.cfs_quota_us');
    const [quota, period] =
      version === 2 ? words(file) : [...words(file), ...words(path.join(group, 'cpu.cfs_period_us'))];
    return { value: Number(quota) / Number(period), file };
  });
}

/** The same for memory, in bytes. */
export function memoryLimit(proc = '/proc/self'): CgroupLimit | undefined {
  return lowestOf(proc, 'memory', (group, version) => {
    const file = path.join(group, version === 2 ? 'memory.max' : 'memory.limit_in_bytes');
    return { value: Number(words(file)[0]), file };
  });
}

function lowestOf(
  proc: string,
  controller: string,
  read: (group: string, version: Version) => CgroupLimit,
): CgroupLimit | undefined {
  const [lowest] = groupsOf(proc, controller)
    .map(({ group, version }) => read(group, version))
    // No limit is `max`, -1, or no such file.
    .filter(({ value }) => value > 0 && Number.isFinite(value))
    .toSorted((one, other) => one.value - other.value);
  return lowest;
}

/** The directories of this process's group and of those above it, as far as they are mounted. */
function groupsOf(proc: string, controller: string): { group: string; version: Version }[] {
  const mounts = readMounts(proc);
  return lines(path.join(proc, 'cgroup')).flatMap((line) => {
    const [, controllers = '', own = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    // Version 2 has one hierarchy for all, which names none.
    const version = controllers === '' ? 2 : 1;
    if (version === 1 && !controllers.split(',').includes(controller)) return [];
    const candidates = mounts.filter(
      (mount) => mount.version === version && (version === 2 || mount.options.includes(controller)),
    );
    const mount = candidates.find(({ root }) => within(root, own) !== undefined) ?? candidates[0];
    if (mount === undefined) return [];
    const below = within(mount.root, own)?.split('/') ?? [];
    return [...below.keys(), below.length].map((depth) => ({
      group: path.join(mount.point, ...below.slice(0, depth)),
      version,
    }));
  });
}

/** In a cgroup namespace the group may be outside of what is mounted (`/../other`): what is, is above it. */
function within(root: string, group: string): string | undefined {
  return group.startsWith('/..') ? undefined : relativeInside(root, group);
}

/** `36 35 98:0 /root /point rw,noatime shared:1 - type source rw,options` (proc_pid_mountinfo(5)). */
function readMounts(proc: string): Mount[] {
  return lines(path.join(proc, 'mountinfo')).flatMap((line) => {
    const [place = '', filesystem = ''] = line.split(' - ');
    const [, , , root = '', point = ''] = place.split(' ');
    const [type, , options = ''] = filesystem.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    const version = type === 'cgroup2' ? 2 : 1;
    return { version, options: options.split(','), root: unescaped(root), point: unescaped(point) };
  });
}

/** The kernel writes blanks and the like as `\040`. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

function words(file: string): string[] {
  return lines(file)[0]?.split(' ') ?? [];
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n');
  } catch {
    return []; // not there, or nothing that we may read
  }
}
