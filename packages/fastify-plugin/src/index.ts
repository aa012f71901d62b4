/**
 * Fastify under Baton: ready when it listens, closed when its last connection is gone, measured as one service.
 * @module @baton/fastify-plugin
 */
// The shapes in which Fastify's plugins are imported.
export { baton, baton as default } from './plugin.js';
export type { FastifyBaton } from './decorator.js';
export type { BatonOptions, HealthRoutes, MetricsOptions } from './options.js';
export type { MetricsClient, Registry } from './metrics-client.js';
export type { BatonStatus, ProcessStatus, ServiceStatus } from './status.js';
