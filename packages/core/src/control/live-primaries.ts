import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { checkDirectory } from './directory.js';
import { readHolder, type Holder } from './holder.js';
import { lockPath } from './name.js';

export interface LivePrimary {
  name: string;
  /** Undefined if somebody has removed the lock file. */
  holder: Holder | undefined;
}

/**
 * The primaries that listen, by name. Asked of the sockets: trying a lock would take it from one that starts. Who they are is read
 * after that: it is written before they listen. Throws BATON_CONTROL_UNTRUSTED.
 */
export async function livePrimaries(directory: string): Promise<LivePrimary[]> {
  if (!checkDirectory(directory)) return [];
  const names = readdirSync(directory)
    .filter((file) => file.endsWith('.sock'))
    .map((file) => file.slice(0, -'.sock'.length));
  const live = await Promise.all(names.map((name) => listens(path.join(directory, `${name}.sock`))));
  return names
    .filter((_, index) => live[index])
    .toSorted()
    .map((name) => ({ name, holder: readHolder(lockPath(directory, name)) }));
}

/** `shop (/srv/shop)` */
export function describePrimaries(primaries: readonly LivePrimary[]): string[] {
  return primaries.map(({ name, holder }) => (holder === undefined ? name : `${name} (${holder.directory})`));
}

/** EAGAIN: it listens, and its backlog is full (connect(2)). */
async function listens(file: string): Promise<boolean> {
  const socket = net.connect(file);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN';
  } finally {
    socket.destroy();
  }
}
