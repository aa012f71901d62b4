import type { Controlled } from '../control/controlled.js';
import type { Primary } from '../primary/primary.js';

/** The power over a primary. */
export function controlledBy(primary: Primary, name: string, version: string): Controlled {
  const startedAt = Date.now();
  return {
    status() {
      const { app, handoff, policy } = primary.options;
      const { workers } = primary.snapshot();
      return {
        version,
        node: process.version,
        name,
        pid: process.pid,
        app,
        startedAt,
        handoff,
        policy,
        slots: workers.length,
        generation: 1,
        metricsUrl: primary.metricsUrl,
        listeners: [],
        workers: [],
      };
    },
    reload: () => Promise.reject(new Error('this version cannot reload')),
    scale: (workers) => primary.scale(workers),
    stop: () => primary.stop(),
    on: (event, listener) => primary.on(event, listener),
    off: (event, listener) => primary.off(event, listener),
  };
}
