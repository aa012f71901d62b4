import { readFileSync } from 'node:fs';

/** What this process is to its controlling terminal: one of the processes in its foreground, or in its background; or it has none. */
export type TerminalRole = 'foreground' | 'background' | 'none';

/** As it is now (proc_pid_stat(5)): a terminal that is closed is nobody's any more. */
export function terminalRole(): TerminalRole {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The name of the program, in parentheses, may hold any character.
  const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (terminal === '0') return 'none';
  return group === foreground ? 'foreground' : 'background';
}
