import { once } from 'node:events';
import net from 'node:net';
import { until } from '../harness.js';

/** Waits until nobody on this machine listens on these ports: commands name them as they stand on the page. */
export async function areFree(ports: readonly number[]): Promise<void> {
  for (const port of ports) await until(() => isFree(port), `port ${port} is free`, 60_000);
}

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer().listen(port);
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
