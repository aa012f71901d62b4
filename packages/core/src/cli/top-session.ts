import { BatonError } from '../errors.js';
import { Deferred } from '../primary/deferred.js';
import { hasColours } from './paint.js';
import type { Remote } from './remote.js';
import { sampleOf, type Sample } from './sample.js';
import { Screen } from './screen.js';
import { renderTop, type TopView } from './top-view.js';

const intervalMs = 1_000;
/** A primary that takes longer to answer is shown as one that does not. */
const answerWithinMs = 2_000;

/** What happens between the first screen of `baton top` and the last: it asks, draws, and does what keys say. */
export class TopSession {
  readonly #remote: Remote;
  readonly #screen: Screen;
  readonly #colours = hasColours(process.stdout);
  readonly #quit = new Deferred();
  #now: Sample | undefined;
  #before: Sample | undefined;
  #askedAt: number | undefined;
  #answeredAt = performance.now();
  #failure: string | undefined;
  #message: TopView['message'];

  constructor(remote: Remote) {
    this.#remote = remote;
    this.#screen = new Screen(process.stdin, process.stdout, {
      onKey: (key) => this.#onKey(key),
      onResize: () => this.#draw(),
    });
  }

  /** Resolves when it was quit. */
  async run(): Promise<void> {
    this.#screen.open();
    const timer = setInterval(() => this.#tick(), intervalMs);
    try {
      this.#tick();
      await this.#quit.promise;
    } finally {
      clearInterval(timer);
      this.#screen.close();
    }
  }

  #tick(): void {
    if (this.#askedAt === undefined) void this.#ask();
    else if (performance.now() - this.#askedAt > answerWithinMs) this.#failure = 'It is slow to answer.';
    this.#draw();
  }

  async #ask(): Promise<void> {
    this.#askedAt = performance.now();
    try {
      const status = await this.#remote.status();
      this.#before = this.#now;
      this.#now = sampleOf(status);
      this.#answeredAt = performance.now();
      this.#failure = undefined;
    } catch (error) {
      // Waiting does not tell which one is meant.
      if (error instanceof BatonError && error.code === 'BATON_SEVERAL_PRIMARIES') this.#quit.reject(error);
      this.#failure = textOf(error);
    } finally {
      this.#askedAt = undefined;
    }
    this.#draw();
  }

  #onKey(key: string): void {
    if (key === 'q') this.#quit.resolve();
    else if (key === 'r') void this.#command('reload', () => this.#remote.reload());
    else if (key === '+') void this.#command('adding a slot', () => this.#remote.scale(1));
    else if (key === '-') void this.#command('removing a slot', () => this.#remote.scale(-1));
  }

  async #command(what: string, send: () => Promise<string>): Promise<void> {
    this.#show({ kind: 'running', text: `${what} …` });
    try {
      this.#show({ kind: 'done', text: `${what}: ${await send()}` });
    } catch (error) {
      this.#show({ kind: 'failed', text: `${what} failed: ${textOf(error)}` });
    }
  }

  #show(message: NonNullable<TopView['message']>): void {
    this.#message = message;
    this.#draw();
  }

  #draw(): void {
    const failure = this.#failure;
    const view: TopView = {
      now: this.#now,
      before: this.#before,
      failure:
        failure === undefined ? undefined : { text: failure, forMs: performance.now() - this.#answeredAt },
      message: this.#message,
    };
    this.#screen.draw(renderTop(view, this.#screen.size, this.#colours));
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
