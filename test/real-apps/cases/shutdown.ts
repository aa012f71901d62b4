import type { Case } from '../case.js';
import { get } from '../probes.js';

const load = ['/', '/report'];

export const shutdown: readonly Case[] = [
  {
    name: 'terminus',
    title: 'terminus',
    kind: 'Graceful shutdown',
    packages: ['@godaddy/terminus', 'express'],
    app: 'app.js',
    probes: { 'the health check': get('/healthcheck') },
    load,
    farewell: /^cleaned up$/,
  },
  {
    name: 'http-terminator',
    title: 'http-terminator',
    kind: 'Graceful shutdown',
    packages: ['http-terminator', 'express'],
    app: 'app.js',
    probes: { 'no such route': get('/nothing') },
    load,
    farewell: /^terminated$/,
  },
  {
    name: 'stoppable',
    title: 'stoppable',
    kind: 'Graceful shutdown',
    packages: ['stoppable'],
    app: 'app.js',
    probes: { json: get('/') },
    load,
    farewell: /^stopped$/,
  },
  {
    name: 'close-with-grace',
    title: 'close-with-grace, with Fastify',
    kind: 'Graceful shutdown',
    packages: ['close-with-grace', 'fastify'],
    app: 'app.mjs',
    probes: { json: get('/') },
    load,
    farewell: /^closed$/,
    remark:
      'once told to stop, Fastify answers 503 to what comes on connections that are open, alone and under Baton. The [plugin](fastify.md) closes it later.',
  },
];
