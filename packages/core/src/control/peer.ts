import type { Socket } from 'node:net';
import type { Native, PeerCredentials } from '../native.js';
import { userId } from './directory.js';

/** Who is at the other end of a connected Unix socket; undefined if the kernel does not say. */
export function peerOf(native: Native, socket: Socket): PeerCredentials | undefined {
  // Node does not document the handle, and has no other way to the descriptor.
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: number } | null };
  const peer = native.peerCredentials(handle?.fd ?? -1);
  return typeof peer === 'number' ? undefined : peer;
}

/** Whether it is this user, or root, who may do as this user anyway. */
export function isTrusted({ uid }: PeerCredentials): boolean {
  return uid === userId() || uid === 0;
}
