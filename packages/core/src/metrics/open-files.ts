import { readdirSync, readFileSync } from 'node:fs';
import { Gauge, type Registry } from 'prom-client';

/**
 * The file descriptors of this process: how many are open, and how many may be (getrlimit(2), RLIMIT_NOFILE, the soft limit).
 * Not under prom-client's names, `process_open_fds` and `process_max_fds`, which are the app's to use.
 */
export class OpenFiles {
  #limit = Number.POSITIVE_INFINITY;

  /** Counts at each scrape from now on. */
  register(registry: Registry): void {
    const count = (): { open: number; limit: number } => this.count();
    const registers = [registry];
    void new Gauge({
      name: 'baton_primary_open_fds',
      help: 'File descriptors that the primary has open.',
      registers,
      collect() {
        this.set(count().open);
      },
    });
    void new Gauge({
      name: 'baton_primary_max_fds',
      help: 'How many file descriptors the primary may have open: its soft limit.',
      registers,
      collect() {
        this.set(count().limit);
      },
    });
  }

  /**
   * Counting takes a descriptor too. Where there is none left, as many are open as may be: that is when the figure
   * matters most.
   */
  count(): { open: number; limit: number } {
    try {
      this.#limit = softLimit();
      // The listing's own descriptor is in it, and closed by now.
      const open = readdirSync('/proc/self/fd').length - 1;
      return { open, limit: this.#limit };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error;
      return { open: this.#limit, limit: this.#limit };
    }
  }
}

/** proc_pid_limits(5). */
function softLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const [, soft] = /^Max open files\s+(\S+)/m.exec(limits) ?? [];
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}
