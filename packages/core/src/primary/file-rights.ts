import { readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import type { Native, NativeFileRights } from '../native.js';
import { systemError } from './system-call.js';

const { EPERM, ESRCH } = constants.errno;

/** With whose rights files are touched. */
export interface FileRights {
  /** What `act` throws is thrown on. It may do nothing but touch files, and wait for nothing. Throws EPERM as Node does. */
  run<T>(act: () => T): T;
}

/** Those of this process. */
export const ownRights: FileRights = { run: (act) => act() };

/** A child of this process. */
export interface Child {
  /** Undefined once it has been waited for, since its pid may be another's then. */
  readonly unreapedPid: number | undefined;
  /** What it was started as: `programOf`. */
  readonly program: string | undefined;
}

/** CAP_SETUID of capabilities(7): without it here, no child of this process has ever had another user, or can have. */
const mayBeOthers = 1n << 7n;

/**
 * Those that a child has now, of which the kernel tells, and no word of its own. They stay the same when it changes or ends. Throws
 * ESRCH if it has ended; and EPERM if it runs another program now: one that is set-user-ID root has root's rights, and the child that
 * has started it after it had asked has not.
 */
export function rightsOf(native: Native, { unreapedPid: pid, program }: Child): FileRights {
  if (pid === undefined) throw systemError(ESRCH);
  const [theirs, own] = [readStatus(pid), readStatus('self')];
  // After its rights were read: from there no way leads back.
  const mustBeSame = (parse(own).capabilities & mayBeOthers) !== 0n;
  if (mustBeSame && (program === undefined || programOf(pid) !== program)) throw systemError(EPERM);
  // Nearly always.
  if (theirs === own) return ownRights;
  const rights = parse(theirs);
  return {
    run<T>(act: () => T): T {
      const results: T[] = [];
      const error = native.withFileRights(rights, () => results.push(act()));
      if (error !== 0) throw systemError(error);
      return results[0] as T;
    },
  };
}

/** The file that a process runs, by its inode (proc_pid_exe(5)). Undefined if the kernel does not tell. */
export function programOf(pid: number): string | undefined {
  try {
    const { dev, ino } = statSync(`/proc/${pid}/exe`);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** The lines of proc_pid_status(5) that concern rights. */
function readStatus(pid: number | 'self'): string {
  const lines = readFileSync(`/proc/${pid}/status`, 'latin1').split('\n');
  return lines.filter((line) => /^(Uid|Gid|Groups|CapEff):/.test(line)).join('\n');
}

function parse(status: string): NativeFileRights {
  const valuesOf = (name: string): string[] => {
    const [, values] = new RegExp(`^${name}:(.*)$`, 'm').exec(status) ?? [];
    if (values === undefined) throw systemError(EPERM);
    return values.trim().split(/\s+/).filter(Boolean);
  };
  // Real, effective, saved, and the one that counts for files.
  const [uid, gid] = [valuesOf('Uid')[3], valuesOf('Gid')[3]].map(Number);
  const [capabilities = '0'] = valuesOf('CapEff');
  if (uid === undefined || gid === undefined) throw systemError(EPERM);
  return { uid, gid, groups: valuesOf('Groups').map(Number), capabilities: BigInt(`0x${capabilities}`) };
}
