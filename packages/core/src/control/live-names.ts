import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

/** The names in the directory whose primary listens. Asked of the sockets: trying a lock would take it from one that starts. */
export async function liveNames(directory: string): Promise<string[]> {
  const names = readdirSync(directory)
    .filter((file) => file.endsWith('.sock'))
    .map((file) => file.slice(0, -'.sock'.length));
  const live = await Promise.all(names.map((name) => listens(path.join(directory, `${name}.sock`))));
  return names.filter((_, index) => live[index]).toSorted();
}

async function listens(file: string): Promise<boolean> {
  const socket = net.connect(file);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
