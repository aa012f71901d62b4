import { fstatSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import type { Errno, Native, NativeSocket } from '../native.js';

const { EINVAL } = constants.errno;

/**
 * The sockets that were open when this module was loaded, by their descriptors, with their inodes: what is opened later is this process's
 * own, and no worker's, whatever it asks for. The close-on-exec flag does not tell them apart: Node sets it, before any script runs.
 */
const inherited = openSockets();

/** Node opens its inspector before any script runs, too. */
const inspectorPort = portOfInspector();

/**
 * A duplicate of a socket that this process was started with, as by systemd: one that listens, or for `udp` one that is bound. Node says
 * EINVAL for any descriptor that it cannot listen on, open or not.
 */
export function adoptInherited(
  native: Native,
  descriptor: number,
  transport: 'tcp' | 'udp',
): NativeSocket | Errno {
  const inode = inherited.get(descriptor);
  if (inode === undefined) return EINVAL;
  const socket = native.adopt(descriptor, transport);
  if (typeof socket === 'number') return EINVAL;
  // Of the duplicate: the number may be another's by now, and another's again a moment later.
  if (fstatSync(socket.fd).ino === inode && !isInspector(socket)) return socket;
  socket.close();
  return EINVAL;
}

function isInspector(socket: NativeSocket): boolean {
  const address = socket.address();
  return typeof address !== 'number' && address.family !== 'unix' && address.port === inspectorPort;
}

function openSockets(): Map<number, number> {
  const sockets = new Map<number, number>();
  for (const descriptor of openDescriptors()) {
    try {
      const found = fstatSync(descriptor);
      if (found.isSocket()) sockets.set(descriptor, found.ino);
    } catch {
      // That of the listing itself, which is closed by now.
    }
  }
  return sockets;
}

function openDescriptors(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch {
    return []; // no Linux: there is no primary either
  }
}

function portOfInspector(): number | undefined {
  const url = process.features.inspector ? process.getBuiltinModule('node:inspector').url() : undefined;
  return url === undefined ? undefined : Number(/:(\d+)\//.exec(url)?.[1]);
}
