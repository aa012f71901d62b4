import type { Case, Probe } from '../case.js';

const get =
  (path: string): Probe =>
  (visitor) =>
    visitor.get(path);

const post =
  (path: string, body: string | object, headers: Record<string, string> = {}): Probe =>
  (visitor) =>
    visitor.post(path, body, headers);

/** Answers at once, and one that takes its time. */
const load = ['/health', '/report'];

/** What the visitor is told who comes again after a login. */
const login: Probe = async (visitor) => [await visitor.get('/login'), await visitor.get('/me')];

const binary = { 'content-type': 'application/octet-stream' };

const expressProbes: Record<string, Probe> = {
  text: get('/'),
  'a parameter': get('/users/1'),
  'not found': get('/users/9'),
  'no such route': get('/nothing'),
  json: post('/users', { name: 'Grace' }),
  'bad JSON': post('/users', '{', { 'content-type': 'application/json' }),
  form: post('/users', 'name=Grace', { 'content-type': 'application/x-www-form-urlencoded' }),
  'a large body': (visitor) => visitor.post('/digest', Buffer.alloc(3_000_000, 'x'), binary),
  stream: get('/stream'),
  'a cookie and a redirect': get('/login'),
  error: get('/error'),
  HEAD: (visitor) => visitor.ask('/', { method: 'HEAD' }),
};

export const frameworks: readonly Case[] = [
  {
    name: 'express-4',
    title: 'Express 4',
    kind: 'Frameworks',
    packages: ['express'],
    app: 'app.js',
    probes: expressProbes,
    load,
  },
  {
    name: 'express-5',
    title: 'Express 5',
    kind: 'Frameworks',
    packages: ['express'],
    app: 'app.mjs',
    probes: expressProbes,
    load,
  },
  {
    name: 'koa',
    title: 'Koa',
    kind: 'Frameworks',
    packages: ['koa', '@koa/router', '@koa/bodyparser'],
    app: 'app.mjs',
    probes: {
      text: get('/'),
      'a parameter': get('/users/1'),
      'not found': get('/users/9'),
      'method not allowed': post('/', {}),
      json: post('/users', { name: 'Grace' }),
      stream: get('/stream'),
      'a signed cookie': login,
    },
    load,
    farewell: /^closed$/,
  },
  {
    name: 'fastify',
    title: 'Fastify 5',
    kind: 'Frameworks',
    packages: ['fastify', '@fastify/cookie'],
    app: 'app.mjs',
    probes: {
      json: get('/'),
      'a valid body': post('/users', { name: 'Grace' }),
      'an invalid body': post('/users', {}),
      'no such route': get('/nothing'),
      stream: get('/stream'),
      'a signed cookie': login,
    },
    load,
    log: 'stdout',
  },
];
