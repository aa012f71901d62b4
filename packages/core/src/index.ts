export type { BatonConfig } from './config/settings.js';
export { BatonError, type BatonErrorCode } from './errors.js';
export type { Snapshot, WorkerInfo, WorkerState } from './metrics/snapshot.js';
export type { ListenerFigures, NativeSnapshot, SlotFigures } from './native.js';
export type { Handoff, MetricsAddress, Policy, PrimaryOptions, ResolvedOptions } from './options.js';
export type { ListenerInfo } from './primary/listener-table.js';
export { Primary, type PrimaryEvents } from './primary/primary.js';
export type { WorkerExit } from './primary/worker-handle.js';
