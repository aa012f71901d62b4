import { readFileSync } from 'node:fs';

/** Whose a name is, as its lock file says. */
export interface Holder {
  pid: number;
  /** As it was given. */
  app: string;
  /** Of the package that it runs in, by the path that people know. */
  directory: string;
}

export function writtenHolder(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`;
}

/** Undefined if the file is gone, or is not written yet. */
export function readHolder(lockPath: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(lockPath, 'utf8')) as Partial<Holder> | null;
    const { pid, app, directory } = holder ?? {};
    const isWhole = typeof pid === 'number' && typeof app === 'string' && typeof directory === 'string';
    return isWhole ? { pid, app, directory } : undefined;
  } catch {
    return undefined;
  }
}

export function describeHolder(lockPath: string): string {
  const holder = readHolder(lockPath);
  if (holder === undefined) return 'another primary';
  return `the primary with pid ${holder.pid}, which runs ${holder.app} in ${holder.directory}`;
}
