import { readFileSync } from 'node:fs';

/**
 * The environment that this process was started with, which is what its workers get: what environment files have added since
 * (`--env-file`, or a preload such as dotenv/config) their own node adds anew, as the files are then. It never overrides what is there.
 * What has been deleted since, such as the number of Node's own IPC channel, is no worker's either. Where the kernel does not let the
 * process see it (proc(5): one with capabilities), it is the environment as it is now.
 */
export function initialEnvironment(env: Readonly<NodeJS.ProcessEnv> = process.env): NodeJS.ProcessEnv {
  const initial = readInitial();
  return initial === undefined
    ? { ...env }
    : Object.fromEntries([...initial].filter(([name]) => name in env));
}

function readInitial(): Map<string, string> | undefined {
  try {
    const entries = readFileSync('/proc/self/environ', 'utf8').split('\0');
    // Of a name that is there twice, getenv(3) knows the first.
    return new Map(
      entries.toReversed().flatMap((entry): [string, string][] => {
        const end = entry.indexOf('=');
        return end < 1 ? [] : [[entry.slice(0, end), entry.slice(end + 1)]];
      }),
    );
  } catch {
    return undefined;
  }
}
