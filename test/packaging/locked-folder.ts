import { execFileSync } from 'node:child_process';

/** Installs a folder that is no part of the workspace, since only these tests need it, as its lock file says. */
export function installLocked(directory: string): void {
  const args = ['-y', 'pnpm@12', '--dir', directory, 'install', '--frozen-lockfile'];
  execFileSync('npx', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
