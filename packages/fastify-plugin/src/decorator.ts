import { worker } from '@baton/core/worker';
import { readStatus, type BatonStatus } from './status.js';

declare module 'fastify' {
  interface FastifyInstance {
    baton: FastifyBaton;
  }
}

/** `app.baton`: the worker in which the app runs. */
export interface FastifyBaton {
  /** False where Baton did not start this process. */
  readonly isWorker: boolean;
  /** The worker's stable place, from 0. */
  readonly slot: number;
  /** Counts reloads, from 1; 0 where Baton did not start this process. */
  readonly generation: number;
  /** Whether the worker is to end: it gets no new connections. */
  readonly draining: boolean;
  /**
   * What all workers do; where Baton did not start this process, what it does. Rejects with BATON_NO_ADMIN where the primary
   * serves no metrics, or with BATON_ADMIN_FAILED.
   */
  status(): Promise<BatonStatus>;
}

export class Decorator implements FastifyBaton {
  get isWorker(): boolean {
    return worker.isWorker;
  }

  get slot(): number {
    return worker.slot;
  }

  get generation(): number {
    return worker.generation;
  }

  get draining(): boolean {
    return worker.draining;
  }

  status(): Promise<BatonStatus> {
    return readStatus();
  }
}
