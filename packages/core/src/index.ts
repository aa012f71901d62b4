// For an app whose `types` do not name them.
/// <reference types="node" preserve="true" />
/**
 * Runs an app in worker processes, in code of your own. `npx baton app.js` does so without any.
 * @module @baton/core
 */
// First, since it looks what this process was started with, before anything else is opened.
import './primary/inherited-sockets.js';
export type { CutOff, CutOffKind } from './channel/messages.js';
export type { BatonConfig } from './config/settings.js';
export type { CommandName, CommandRequest } from './control/protocol.js';
export type { HandoffClaimed, HandoffGivenBack, WorkerStateChange } from './diagnostics.js';
export { BatonError, type BatonErrorCode } from './errors.js';
export type {
  KillDeadline,
  RestartReason,
  SlotCounts,
  Snapshot,
  WorkerInfo,
  WorkerState,
} from './metrics/snapshot.js';
export type {
  HttpFigures,
  LatencyFigures,
  ListenerFigures,
  NativeSnapshot,
  SlotFigures,
  TargetFigures,
} from './native.js';
export type {
  EventsReport,
  ListenerStatus,
  PrimaryStatus,
  ReloadStatus,
  StatusEvent,
  StatusEventKind,
  WorkerStatus,
} from './status.js';
export type { Handoff, MetricsAddress, Policy, PrimaryOptions, ResolvedOptions } from './options.js';
export type { ListenerInfo } from './primary/listener-table.js';
export type { RenewOptions } from './primary/releases.js';
export type { Place } from './working-directory.js';
export { Primary } from './primary/primary.js';
export type {
  PrimaryEvents,
  ReloadOptions,
  ReloadReport,
  Slowness,
  StopOptions,
} from './primary/primary-events.js';
export type { WorkerExit } from './primary/worker-handle.js';
export type { WorkerDetail } from './primary/worker-pool.js';
