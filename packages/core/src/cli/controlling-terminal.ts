import { openSync, readSync } from 'node:fs';

/** What this process is to its controlling terminal: one of the processes in its foreground, or in its background; or it has none. */
export type TerminalRole = 'foreground' | 'background' | 'none';

/** The terminal of this process's session, if it has one (proc_pid_stat(5)). */
export class ControllingTerminal {
  /** Open all the while: a process that has no descriptor left must hear signals, too. */
  readonly #stat = openSync('/proc/self/stat', 'r');
  readonly #text = Buffer.alloc(1_024);

  /** As it is now: a terminal that is closed is nobody's any more. */
  get role(): TerminalRole {
    const { group, terminal, foreground } = this.#read();
    if (terminal === '0') return 'none';
    return group === foreground ? 'foreground' : 'background';
  }

  /** The pid of the process that leads the session, such as a shell. */
  get sessionLeader(): number {
    return Number(this.#read().session);
  }

  #read(): { group: string; session: string; terminal: string; foreground: string } {
    const stat = this.#text.toString('latin1', 0, readSync(this.#stat, this.#text, 0, this.#text.length, 0));
    // The name of the program, in parentheses, may hold any character.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [, , group = '', session = '', terminal = '', foreground = ''] = fields;
    return { group, session, terminal, foreground };
  }
}
