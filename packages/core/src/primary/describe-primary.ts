import type { Snapshot } from '../metrics/snapshot.js';
import type { PrimaryStatus, WorkerStatus } from '../status.js';
import { version } from '../version.js';
import type { EventsLog } from './events-log.js';
import type { Primary } from './primary.js';
import { residentBytes } from './resident-memory.js';
import type { Supervisor } from './supervisor.js';

/** What a primary does now, from its snapshot, its supervisor and its log. */
export function describePrimary(
  primary: Primary,
  snapshot: Snapshot,
  supervisor: Supervisor,
  log: EventsLog,
  startedAt: number,
): PrimaryStatus {
  const { app, handoff, policy } = primary.options;
  const targets = new Map(snapshot.targets.map((target) => [target.id, target]));
  const slots = new Map(snapshot.slots.map((slot) => [slot.slot, slot]));
  const ages = new Map(supervisor.workers().map(({ id, ageMs }) => [id, ageMs]));
  const { last: reload } = supervisor.reloads;

  const workers = snapshot.workers.map((worker): WorkerStatus => {
    const { id } = worker;
    const target = targets.get(id);
    const slot = slots.get(worker.slot);
    return {
      ...worker,
      ageMs: ages.get(id) ?? 0,
      residentBytes: residentBytes(worker.pid),
      connections: target?.connections ?? 0,
      requests: target?.requests ?? 0,
      handoffs: slot?.claimed ?? 0,
      ownAccepted: slot?.ownAccepted ?? 0,
      idleMs: (target?.idleNs ?? 0) / 1e6,
      stalledForMs: (target?.stalledForNs ?? 0) / 1e6,
      latency: { boundsNs: slot?.latency.boundsNs ?? [], counts: slot?.latency.counts ?? [] },
    };
  });
  return {
    version,
    node: process.version,
    name: primary.name,
    pid: process.pid,
    app,
    startedAt,
    handoff,
    policy,
    slots: supervisor.slots.length,
    generation: supervisor.generation,
    ...(reload && { reload }),
    metricsUrl: primary.metricsUrl,
    listeners: snapshot.listeners.map(({ listener, accepted, waiting, queued }) => ({
      listener,
      accepted,
      waiting,
      queued: queued.reduce((total, { length }) => total + length, 0),
    })),
    workers,
    events: log.all(),
  };
}
