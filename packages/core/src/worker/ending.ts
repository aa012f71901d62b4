import type { DrainOrder, FinishOrder, OutsideSignal, StopOrder } from '../channel/messages.js';
import type { Drain } from './drain.js';
import { exitWithin, leaveToOthers, leaveWithService, type DrainedTasks } from './leave.js';
import type { PrimaryLink } from './primary-link.js';
import type { Signals } from './signals.js';

/** How long the primary may take to say what a signal means. */
const askedMs = 1_000;

/** What ending is told, and asks, of this worker. */
interface EndingWorker {
  readonly tasks: DrainedTasks;
  /** Nothing new comes: tells the app, which has so long. */
  onDraining(timeoutMs: number): void;
  /** Nothing more is counted. Resolves when the primary has been told. */
  sayFarewell(): Promise<void>;
}

/** How this worker ends, by the orders of its primary. */
export class Ending {
  readonly #link: PrimaryLink;
  readonly #signals: Signals;
  readonly #worker: EndingWorker;
  #draining: Drain | undefined;
  #stop: StopOrder | undefined;
  /** What the primary was asked about last. */
  #asked: { signal: OutsideSignal; at: number } | undefined;
  #hasHeard = false;

  constructor(link: PrimaryLink, signals: Signals, worker: EndingWorker) {
    this.#link = link;
    this.#signals = signals;
    this.#worker = worker;
  }

  /**
   * Others go on. What is idle is given back before the app hears anything: it may close its servers, and all that is idle with them,
   * as soon as it does.
   */
  onDrain(order: DrainOrder): void {
    const { tasks } = this.#worker;
    this.#draining = leaveToOthers(this.#link, order, tasks, async () => {
      await this.#worker.sayFarewell();
      this.#tellApp(order.signals, () => process.exit());
    });
    this.#worker.onDraining(order.timeoutMs);
  }

  /** One has come from outside: what it means, the primary knows. */
  onSignal(signal: OutsideSignal, atMs: number): void {
    const isHeard = this.#signals.isHeard(signal);
    if (!this.#link.connected) return this.#signals.deliver(signal);
    this.#asked = { signal, at: performance.now() };
    this.#link.reportSignal(signal, atMs, isHeard);
  }

  /** It has come to this worker alone. */
  onSignalOrder(signal: OutsideSignal): void {
    this.#asked = undefined;
    this.#signals.deliver(signal);
  }

  /** The primary is gone. The same signal may have ended it that it was just asked about. */
  onLost(): void {
    const { signal, at } = this.#asked ?? { signal: 'SIGTERM', at: -Infinity };
    if (performance.now() - at < askedMs && this.#signals.isHeard(signal)) this.#tellApp([signal]);
  }

  /** The service stops, and takes connections for as long as the app lets it. */
  onStop(order: StopOrder): void {
    exitWithin(order.exitMs);
    this.#stop = order;
    const isHeard = this.#draining === undefined && this.#signals.firstHeard(order.signals) !== undefined;
    this.#link.reportStopping(isHeard);
    // An app that does not listen finishes its requests first.
    if (isHeard) this.#tellApp(order.signals);
  }

  /** The service stops, and takes no more connections. */
  onFinish({ timeoutMs }: Pick<FinishOrder, 'timeoutMs'>): void {
    if (this.#draining) return this.#draining.endWithin(timeoutMs);
    const { signals = [] } = this.#stop ?? {};
    const { tasks } = this.#worker;
    // One that does not end by what it has heard ends when it has nothing to do any more.
    this.#draining = leaveWithService(this.#link, timeoutMs, tasks, () =>
      this.#tellApp(signals, () => this.#signals.endBy(signals)),
    );
    this.#worker.onDraining(timeoutMs);
  }

  /** The app has closed all that listened. */
  onNothingListens(): void {
    // The order to finish is still to come, with the time that is left then.
    if (this.#stop !== undefined && this.#draining === undefined) this.onFinish(this.#stop);
  }

  /** Has the app hear the first of the signals for which it listens, once: at the next time there is nothing to be told. */
  #tellApp(signals: readonly NodeJS.Signals[], orElse: () => void = () => {}): void {
    if (this.#hasHeard) return;
    this.#hasHeard = true;
    const heard = this.#signals.firstHeard(signals);
    if (heard === undefined) orElse();
    else this.#signals.deliver(heard);
  }
}
