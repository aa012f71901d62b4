import type { CutOff, OutsideSignal } from '../channel/messages.js';
import { BatonError } from '../errors.js';
import type { RestartReason, SlotCounts, WorkerInfo } from '../metrics/snapshot.js';
import type { NativeDispatcher } from '../native.js';
import type { ResolvedOptions } from '../options.js';
import type { ReloadStatus } from '../status.js';
import { describeBootFailure } from './boot-failure.js';
import { Deferred } from './deferred.js';
import type { Version } from './release.js';
import type { Releases } from './releases.js';
import type { ListenerTable } from './listener-table.js';
import { monotonicMs } from './monotonic.js';
import { Reloads, type Reloadable } from './reloads.js';
import { Slot, type SlotListeners, type SlotObserver, type SlotRecord } from './slot.js';
import { Turns } from './turns.js';
import type { WorkerHandle } from './worker-handle.js';
import { WorkerPool, type StopListeners, type StopPlan, type WorkerDetail } from './worker-pool.js';

/** Whom the supervisor tells. */
export interface SupervisorObserver {
  onWorker(worker: WorkerInfo, detail: WorkerDetail): void;
  /** A worker has not come up for `listenWarningMs`. It goes on. */
  onSlow(worker: WorkerInfo): void;
  /** A worker is gone; whether another takes its place. */
  onGone(worker: WorkerHandle, comesBack: boolean): void;
  /** A reload has begun, or ended. */
  onReload(status: ReloadStatus): void;
  /** See `SlotObserver.onReplaced`. */
  onReplaced(worker: WorkerInfo, before: WorkerInfo, reason: RestartReason): void;
  /** The time to drain was over for these connections of a worker. */
  onCutOff(worker: WorkerInfo, cut: CutOff): void;
  /** See `SlotObserver.onSettled`. */
  onSettled(slot: number): void;
}

/** Of the primary's listeners, what a supervisor needs. */
type SupervisorListeners = SlotListeners & StopListeners & Pick<ListenerTable, 'dropOrphans'>;

/** Has a worker in each slot: boots them, changes their number, puts new ones in their places, and ends them. */
export class Supervisor implements Reloadable {
  readonly pool: WorkerPool;
  readonly reloads: Reloads;
  readonly releases: Releases;
  readonly #options: ResolvedOptions;
  readonly #listeners: SupervisorListeners;
  readonly #observer: SupervisorObserver;
  readonly #slots = new Map<number, Slot>();
  /** Slots that are no more, whose workers have not ended yet. */
  readonly #closing = new Set<Slot>();
  readonly #records = new Map<number, SlotRecord>();
  readonly #turns = new Turns();
  readonly #booted = new Deferred();
  #phase: 'booting' | 'serving' | 'stopping' = 'booting';
  #bootTimer: NodeJS.Timeout | undefined;
  #generation = 1;
  readonly #orderedAt = new Map<OutsideSignal, number>();

  constructor(
    options: ResolvedOptions,
    releases: Releases,
    dispatcher: NativeDispatcher,
    listeners: SupervisorListeners,
    observer: SupervisorObserver,
  ) {
    this.#options = options;
    this.releases = releases;
    this.#listeners = listeners;
    this.#observer = observer;
    this.pool = new WorkerPool(options, dispatcher, {
      onWorker: (worker, detail) => this.#onWorker(worker, detail),
      onSlow: (worker) => observer.onSlow(this.infoOf(worker)),
    });
    this.reloads = new Reloads(this, this.#turns, options.reloadConcurrency);
  }

  get isStopping(): boolean {
    return this.#phase === 'stopping';
  }

  get isBooting(): boolean {
    return this.#phase === 'booting';
  }

  /** When something was asked for last that this signal asks for, as `monotonicMs()` has it. */
  orderedAt(signal: OutsideSignal): number {
    return this.#orderedAt.get(signal) ?? -Infinity;
  }

  get generation(): number {
    return this.#generation;
  }

  onOrdered(...signals: OutsideSignal[]): void {
    for (const signal of signals) this.#orderedAt.set(signal, monotonicMs());
  }

  nextGeneration(): number {
    this.#generation += 1;
    return this.#generation;
  }

  onReload(status: ReloadStatus): void {
    this.#observer.onReload(status);
  }

  get slots(): Slot[] {
    return [...this.#slots.values()].toSorted((a, b) => a.number - b.number);
  }

  /**
   * Starts the workers. Resolves when each is ready, or when some are after `listenWarningMs`. Rejects with BATON_BOOT_FAILED
   * if none came as far as that, or with BATON_STOPPED.
   */
  boot(): Promise<void> {
    const version = this.#currentVersion();
    for (let number = 0; number < this.#options.workers; number++) this.#addSlot(number).start(version);
    this.#bootTimer = setTimeout(() => {
      this.#bootTimer = undefined;
      if (this.#phase === 'serving') this.#booted.resolve();
    }, this.#options.listenWarningMs);
    return this.#booted.promise;
  }

  /** See `Primary.scale`. */
  async scale(workers: number | ((now: number) => number)): Promise<void> {
    this.onOrdered('SIGTTIN', 'SIGTTOU');
    const surplus = await this.#turns.take(async () => {
      if (this.isStopping) throw new BatonError('BATON_STOPPED', []);
      const wanted = typeof workers === 'number' ? workers : workers(this.#slots.size);
      const gone = this.slots.filter(({ number }) => number >= wanted);
      for (const slot of gone) {
        this.#slots.delete(slot.number);
        this.#closing.add(slot);
      }
      for (let number = 0; number < wanted; number++) {
        if (!this.#slots.has(number)) this.#addSlot(number).startOrTryAgain(this.#currentVersion());
      }
      return gone;
    });
    // Not in turn: what comes next need not wait until the last client has gone.
    await Promise.all(
      surplus.map(async (slot) => {
        await slot.drain();
        this.#closing.delete(slot);
      }),
    );
    await Promise.all(this.slots.map(async ({ current }) => current?.until(() => current.state === 'ready')));
  }

  /** Puts another worker in the place of this one; false if it is not there any more. Throws as Slot.replace. */
  recycle(worker: WorkerHandle, reason: RestartReason): Promise<boolean> {
    return this.#turns.take(async () => {
      const slot = this.#slots.get(worker.slot);
      if (slot?.current !== worker || worker.state !== 'ready' || this.isStopping) return false;
      const { release } = this.releases.available(this.#currentVersion());
      const version = { generation: this.nextGeneration(), release };
      await slot.replace(version, { reason, allowDroppedListeners: false });
      return true;
    });
  }

  /** Ends all workers; those that are left after `stopTimeoutMs`, by SIGKILL. Resolves when none is left. */
  async stop(plan: StopPlan): Promise<void> {
    this.#phase = 'stopping';
    this.releases.stop();
    clearTimeout(this.#bootTimer);
    this.#booted.reject(new BatonError('BATON_STOPPED', []));
    for (const slot of [...this.#slots.values(), ...this.#closing]) {
      slot.close();
      this.#listeners.dropOrphans(slot.number);
    }
    await this.pool.stop(plan, this.#listeners);
  }

  infoOf(worker: WorkerHandle): WorkerInfo {
    return worker.info(this.#record(worker.slot).restarts.crash);
  }

  /** By slot, then by generation. */
  describe(): WorkerInfo[] {
    const workers = [...this.#slots.values(), ...this.#closing].flatMap((slot) => slot.describe());
    return workers.toSorted((a, b) => a.slot - b.slot || a.generation - b.generation);
  }

  /** Those that `describe` describes. */
  workers(): WorkerHandle[] {
    return [...this.#slots.values(), ...this.#closing].flatMap((slot) => slot.workers());
  }

  counts(): Omit<SlotCounts, 'gatherTimeouts' | 'gatherErrors'>[] {
    return [...this.#records].map(([slot, record]) => ({ slot, ...record }));
  }

  /** The time to drain was over for these connections of a worker. */
  onCutOff(worker: WorkerHandle, cut: CutOff): void {
    this.#record(worker.slot).cutOff += cut.connections;
    this.#observer.onCutOff(this.infoOf(worker), cut);
  }

  #addSlot(number: number): Slot {
    const slot = new Slot(
      number,
      this.#record(number),
      this.pool,
      this.#listeners,
      this.#options,
      this.releases,
      this.#slotObserver,
    );
    this.#slots.set(number, slot);
    return slot;
  }

  readonly #slotObserver: SlotObserver = {
    onFailedStart: (slot, { generation, release }, error) => {
      const { crash: restarts } = this.#record(slot).restarts;
      const { realDirectory: directory } = release;
      const worker = {
        id: 0,
        slot,
        generation,
        directory,
        pid: undefined,
        state: 'crashed',
        restarts,
      } as const;
      this.#observer.onWorker(worker, { error });
    },
    onReplaced: (worker, before, reason) =>
      this.#observer.onReplaced(this.infoOf(worker), this.infoOf(before), reason),
    onSettled: (slot) => this.#observer.onSettled(slot),
  };

  #currentVersion(): Version {
    const { current: release } = this.releases;
    return { generation: release.generation, release };
  }

  #record(slot: number): SlotRecord {
    const record = this.#records.get(slot) ?? {
      restarts: { crash: 0, reload: 0, maxMemory: 0, maxAge: 0, signal: 0 },
      cutOff: 0,
    };
    this.#records.set(slot, record);
    return record;
  }

  #onWorker(worker: WorkerHandle, detail: WorkerDetail): void {
    if (worker.hasExited) this.#onExit(worker);
    this.#observer.onWorker(this.infoOf(worker), detail);
    if (worker.state === 'ready') this.#onReady();
  }

  #onReady(): void {
    const { slots } = this;
    if (this.#phase === 'booting') {
      this.#phase = 'serving';
      for (const { current } of slots) if (current?.hasExited) this.#onExit(current);
    }
    const areUp = slots.every(({ current }) => current?.state === 'ready');
    if (areUp || this.#bootTimer === undefined) this.#booted.resolve();
  }

  /** While no worker has ever been ready, none is started again: what fails at boot would fail for ever. */
  #onExit(worker: WorkerHandle): void {
    if (this.#phase === 'booting') return this.#checkBoot(worker);
    const comesBack = this.#phase === 'serving' && this.#slots.get(worker.slot)?.onExit(worker) === true;
    this.#observer.onGone(worker, comesBack);
  }

  #checkBoot(last: WorkerHandle): void {
    const workers = this.slots.flatMap(({ current }) => current ?? []);
    if (workers.some(({ hasExited }) => !hasExited)) return;
    const failure = describeBootFailure(workers, last);
    this.#booted.reject(
      new BatonError('BATON_BOOT_FAILED', [this.#options.app, ...failure], last.spawnError),
    );
  }
}
