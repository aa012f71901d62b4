import { nameWorker } from '../worker-name.js';

/** Of which worker a line tells something. */
export interface ToldWorker {
  slot: number;
  /** To be told with the slot. */
  pid?: number | undefined;
}

/** A text that is worded otherwise where it is told of several workers. */
export interface Worded {
  one: string;
  many: string;
}

interface Entry {
  /** What is told, without the worker. */
  what: Worded;
  /** What is told besides where there is one worker only. */
  detail: string;
  workers: ToldWorker[];
}

/** Too short for a person to notice. */
export const usualWaitMs = 100;

/** How many times the shortest wait a line waits at most while more workers of which the same is to be told come. */
const mostWaits = 5;

/**
 * Lines of which each tells something of one worker. What is the same of several workers within a short time is told once, of all of
 * them; what is told of a slot keeps its order.
 */
export class WorkerLines {
  readonly #print: (line: string) => void;
  /** How long a line waits for its like. */
  waitMs = usualWaitMs;
  #entries: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #since = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Tells soon: `worker 0 (pid 77) ended by SIGKILL`. `detail`: what belongs to this worker alone. */
  tell({ slot, pid }: ToldWorker, text: string | Worded, detail = ''): void {
    const what = wordedFor(text);
    const now = performance.now();
    if (this.#entries.length === 0) this.#since = now;
    const like = this.#likeOf(slot, what.one);
    const entry = like ?? { what, detail, workers: [] };
    entry.workers.push({ slot, pid });
    if (!like) this.#entries.push(entry);
    if (this.#timer !== undefined && !like) return;
    const leftMs = this.#since + this.waitMs * mostWaits - now;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), Math.min(this.waitMs, Math.max(0, leftMs))).unref();
  }

  /** Tells what waits now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const entry of this.#entries.splice(0)) this.#print(describe(entry));
  }

  /** The entry that says the same, if nothing is told of the slot there or after it. */
  #likeOf(slot: number, what: string): Entry | undefined {
    const isOfSlot = ({ workers }: Entry): boolean => workers.some((worker) => worker.slot === slot);
    const last = this.#entries.findLastIndex(isOfSlot);
    return this.#entries.find((entry, i) => i > last && entry.what.one === what);
  }
}

/** A text that is the same of one and of many stands for both. */
export function wordedFor(text: string | Worded): Worded {
  return typeof text === 'string' ? { one: text, many: text } : text;
}

function describe({ what, detail, workers }: Entry): string {
  const [first] = workers;
  if (workers.length === 1 && first) return `${nameWorker(first.slot, first.pid)} ${what.one}${detail}`;
  return `workers ${describeSlots(workers.map(({ slot }) => slot))} ${what.many} (×${workers.length})`;
}

/** `0-3, 5`. */
function describeSlots(slots: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const slot of slots.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && slot === run[1] + 1) run[1] = slot;
    else runs.push([slot, slot]);
  }
  return runs.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(', ');
}
