import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { loadNative } from '../addon/load.js';

/**
 * Where this is the first process of a container, orphans become its children when their parents end (pid_namespaces(7)), and
 * stay zombies unless it waits for them. Node waits for the processes that it starts, and for no other. To be called before any
 * is started: the exit status of those is left to Node.
 */
export function reapOrphans(): void {
  const native = loadNative();
  const children = new Set<ChildProcess>();
  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess };
    children.add(child);
    child.once('exit', () => children.delete(child));
  });
  process.on('SIGCHLD', () => {
    native.reapOrphans([...children].flatMap(({ pid }) => pid ?? []));
  });
}
