import path from 'node:path';

const flag = '--experimental-strip-types';

/** What is wrong with a configuration file that failed, if it is that this Node does not run TypeScript; and what to do. */
export function describeUnstripped(
  file: string,
  thrown: unknown,
  code: string | undefined,
): string | undefined {
  if (code !== 'ERR_UNKNOWN_FILE_EXTENSION' || !(thrown instanceof Error)) return undefined;
  const [, found] = /"\.[cm]?ts" for (.+)$/.exec(thrown.message) ?? [];
  if (found === undefined) return undefined;
  const subject = /\.[cm]?ts$/.test(file) ? 'is TypeScript' : `imports ${path.basename(found)}, TypeScript`;
  // Node 22.6 to 22.17 strips types where it is told to.
  const reason = process.allowedNodeEnvironmentFlags.has(flag)
    ? `Node ${process.version} runs with ${flag} only. Set NODE_OPTIONS=${flag}, use`
    : `Node ${process.version} does not run. Use`;
  return `${subject}, which ${reason} Node 22.18 or later, or write it in JavaScript.`;
}
