import { spawnSync } from 'node:child_process';

/** What node makes of an option that stands on its command line by itself. */
export type Verdict = 'known' | 'unknown' | { complaint: string };

/**
 * Asks node, which alone knows all its options and those of V8; `process.allowedNodeEnvironmentFlags` lacks some of both. With `--version`
 * behind, it has checked them when it ends, and has started nothing: that takes some 5 ms.
 */
export function askNode(option: string): Verdict {
  const { stderr } = spawnSync(process.execPath, [option, '--version'], {
    env: { ...process.env, NODE_OPTIONS: undefined },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: 10_000,
  });
  const complaint = /^.*(requires an argument|illegal value for flag).*$/m.exec(stderr)?.[0];
  if (complaint !== undefined) return { complaint: complaint.replace(/^.*?: /, '') };
  // What else there is to complain of, e.g. a file that is not there, may be otherwise where the workers run.
  return /\bbad option: /.test(stderr) ? 'unknown' : 'known';
}
