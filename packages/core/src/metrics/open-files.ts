import { readdirSync, readFileSync } from 'node:fs';
import { Gauge, type Registry } from 'prom-client';

/**
 * The file descriptors of this process: how many are open, and how many may be (getrlimit(2), RLIMIT_NOFILE, the soft limit).
 * Not under prom-client's names, `process_open_fds` and `process_max_fds`, which are the app's to use.
 */
export class OpenFiles {
  readonly #process: string;
  #limit: number | undefined;

  /** `directory`: of the process, in a proc(5). */
  constructor(directory = '/proc/self') {
    this.#process = directory;
  }

  /** Counts at each scrape from now on. */
  register(registry: Registry): void {
    const count = (): FileCount => this.count();
    const registers = [registry];
    void new Gauge({
      name: 'baton_primary_open_fds',
      help: 'File descriptors that the primary has open.',
      registers,
      collect() {
        show(this, count().open);
      },
    });
    void new Gauge({
      name: 'baton_primary_max_fds',
      help: 'How many file descriptors the primary may have open: its soft limit.',
      registers,
      collect() {
        show(this, count().limit);
      },
    });
  }

  /**
   * Counting takes a descriptor too. Where there is none left, as many are open as may be: that is when the figure
   * matters most.
   */
  count(): FileCount {
    try {
      this.#limit = softLimit(this.#process);
      // The listing's own descriptor is in it, and closed by now.
      const open = readdirSync(`${this.#process}/fd`).length - 1;
      return { open, limit: this.#limit };
    } catch (error) {
      const isFull = (error as NodeJS.ErrnoException).code === 'EMFILE';
      return { open: isFull ? this.#limit : undefined, limit: this.#limit };
    }
  }
}

/** `undefined`: nobody knows, as where there is no /proc. */
interface FileCount {
  open: number | undefined;
  limit: number | undefined;
}

/** What is not known is left out: of a gauge without labels, there would be a 0. */
function show(gauge: Gauge, value: number | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}

/** proc_pid_limits(5). */
function softLimit(directory: string): number {
  const limits = readFileSync(`${directory}/limits`, 'latin1');
  const [, soft] = /^Max open files\s+(\S+)/m.exec(limits) ?? [];
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}
