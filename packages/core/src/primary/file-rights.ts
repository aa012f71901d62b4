import { readFileSync } from 'node:fs';
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

/**
 * Those that a process has now, of which the kernel tells, and no word of its own. They stay the same when it changes or ends. `pid`:
 * of a child that has not been waited for, since the number may be another's then. Throws ESRCH if there is none.
 */
export function rightsOf(native: Native, pid: number | undefined): FileRights {
  if (pid === undefined) throw systemError(ESRCH);
  const theirs = readStatus(pid);
  // Nearly always.
  if (theirs === readStatus('self')) return ownRights;
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
