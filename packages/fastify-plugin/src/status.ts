import { BatonError, worker } from '@baton/core/worker';
import type { PrimaryStatus } from '@baton/core';
import { askAdminServer } from './admin-server.js';

/** What the primary and all workers do now: what `baton status --json` tells. */
export interface ServiceStatus extends PrimaryStatus {
  /** Baton has started this process. */
  isWorker: true;
}

/** What a process does now that Baton did not start. */
export interface ProcessStatus {
  /** Baton has not started this process. */
  isWorker: false;
  /** Node's version. */
  node: string;
  /** Of this process. */
  pid: number;
  /** Unix time in milliseconds. */
  startedAt: number;
  /** How long it has lived, in milliseconds. */
  ageMs: number;
  /** How long its event loop has waited for events, since it was started. */
  idleMs: number;
  /** Its resident memory, in bytes. */
  residentBytes: number;
}

/** What `app.baton.status()` resolves with; `isWorker` says which of the two it is. */
export type BatonStatus = ServiceStatus | ProcessStatus;

/** Throws BATON_NO_ADMIN or BATON_ADMIN_FAILED. */
export async function readStatus(): Promise<BatonStatus> {
  const { isWorker, adminUrl } = worker;
  if (!isWorker) return describeProcess();
  if (adminUrl === undefined) throw new BatonError('BATON_NO_ADMIN', ['status']);
  const { status, body } = await askAdminServer(adminUrl, '/status');
  if (status !== 200) throw new BatonError('BATON_ADMIN_FAILED', [`${adminUrl}/status`, `status ${status}`]);
  return { isWorker, ...(JSON.parse(body) as PrimaryStatus) };
}

function describeProcess(): ProcessStatus {
  return {
    isWorker: false,
    node: process.version,
    pid: process.pid,
    startedAt: Math.round(performance.timeOrigin),
    ageMs: performance.now(),
    idleMs: performance.eventLoopUtilization().idle,
    residentBytes: process.memoryUsage.rss(),
  };
}
