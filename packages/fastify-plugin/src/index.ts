// The shapes in which Fastify's plugins are imported. `require()` gives what is exported as 'module.exports':
// https://nodejs.org/api/modules.html#loading-ecmascript-modules-using-require
export { baton, baton as default, baton as 'module.exports' } from './plugin.js';
export type { FastifyBaton } from './decorator.js';
export type { BatonOptions, HealthRoutes, MetricsOptions } from './options.js';
export type { MetricsClient, Registry } from './metrics-client.js';
export type { BatonStatus, ProcessStatus, ServiceStatus } from './status.js';
