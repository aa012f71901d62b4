import type { Snapshot } from '../metrics/snapshot.js';
import type { ListenerStatus, PrimaryStatus, WorkerStatus } from '../status.js';
import { version } from '../version.js';
import type { EventsLog } from './events-log.js';
import { nameAddress } from './listen-address.js';
import type { Listener } from './listener-table.js';
import type { Primary } from './primary.js';
import { residentBytes } from './resident-memory.js';
import type { Supervisor } from './supervisor.js';

/** What a primary does now, from its snapshot, its supervisor, its listeners and its log. */
export function describePrimary(
  primary: Primary,
  snapshot: Snapshot,
  supervisor: Supervisor,
  listeners: readonly Listener[],
  log: EventsLog,
  startedAt: number,
): PrimaryStatus {
  const { app, handoff, policy, probationMs } = primary.options;
  const targets = new Map(snapshot.targets.map((target) => [target.id, target]));
  const slots = new Map(snapshot.slots.map((slot) => [slot.slot, slot]));
  const handles = new Map(supervisor.workers().map((worker) => [worker.id, worker]));
  const { last: reload } = supervisor.reloads;

  const workers = snapshot.workers.map((worker): WorkerStatus => {
    const { id } = worker;
    const target = targets.get(id);
    const slot = slots.get(worker.slot);
    const handle = handles.get(id);
    const probationLeftMs = handle?.probationLeftMs(probationMs);
    return {
      ...worker,
      ageMs: handle?.ageMs ?? 0,
      residentBytes: residentBytes(worker.pid),
      connections: target?.connections ?? 0,
      requests: target?.requests ?? 0,
      handoffs: slot?.claimed ?? 0,
      ownAccepted: slot?.ownAccepted ?? 0,
      ...(probationLeftMs !== undefined && { probationLeftMs }),
      idleMs: (target?.idleNs ?? 0) / 1e6,
      stalledForMs: (target?.stalledForNs ?? 0) / 1e6,
      latency: { boundsNs: slot?.latency.boundsNs ?? [], counts: slot?.latency.counts ?? [] },
      ...(slot?.http && { http: slot.http }),
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
      ...addressesOf(listener, listeners),
      accepted,
      waiting,
      queued: queued.reduce((total, { length }) => total + length, 0),
    })),
    workers,
    events: log.last(),
  };
}

/** The label has what was asked for, which is no port to connect to where that was 0. */
function addressesOf(wanted: string, listeners: readonly Listener[]): Pick<ListenerStatus, 'addresses'> {
  const addresses = listeners
    .filter(({ label, isStream }) => isStream && label === wanted)
    .map(({ address }) => nameAddress(address));
  return addresses.length > 0 ? { addresses } : {};
}
