import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const established = '01';

/** How many connections to a local port a process has open, by what the kernel shows of both: proc(5), /proc/net/tcp. */
export function connectionsOf(pid: number, port: number): number {
  const sockets = socketsOn(port);
  const isOne = (fd: string): boolean => sockets.has(/^socket:\[(\d+)\]$/.exec(linkOf(pid, fd))?.[1] ?? '');
  return readdirSync(`/proc/${pid}/fd`).filter(isOne).length;
}

/** The inodes of established connections that were accepted on a port. */
function socketsOn(port: number): Set<string> {
  const lines = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  const fields = lines.map((line) => line.trim().split(/\s+/));
  const accepted = fields.filter(
    ([, local = '', , state]) =>
      state === established && Number.parseInt(local.split(':')[1] ?? '', 16) === port,
  );
  return new Set(accepted.map((each) => each[9] ?? ''));
}

/** Empty for one that is closed by now. */
function linkOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return '';
  }
}
