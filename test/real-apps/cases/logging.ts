import type { Case } from '../case.js';
import { get, load, post, upload } from '../probes.js';

const users = { 'a parameter': get('/users/1'), 'not found': get('/users/9') };

const credentials = 'username=ada&password=lovelace';
const form = { 'content-type': 'application/x-www-form-urlencoded' };

export const logging: readonly Case[] = [
  {
    name: 'log4js',
    title: 'log4js',
    kind: 'Logging and middleware',
    packages: ['log4js', 'express'],
    app: 'app.js',
    probes: users,
    load,
    log: { file: 'requests' },
    remark:
      'needs `disableClustering: true` in its configuration, or no worker [logs anything](messages.md#nobody-listens).',
  },
  {
    name: 'pino',
    title: 'pino, with a transport',
    kind: 'Logging and middleware',
    packages: ['pino', 'pino-http', 'express'],
    app: 'app.js',
    probes: users,
    load,
    log: { file: 'requests' },
  },
  {
    name: 'winston',
    title: 'winston',
    kind: 'Logging and middleware',
    packages: ['winston', 'express'],
    app: 'app.js',
    probes: users,
    load,
    log: { file: 'requests' },
  },
  {
    name: 'express-middleware',
    title: 'Express with sessions, Passport, multer, compression, helmet and morgan',
    kind: 'Logging and middleware',
    packages: [
      'express-session',
      'session-file-store',
      'passport',
      'passport-local',
      'multer',
      'compression',
      'helmet',
      'morgan',
    ],
    app: 'app.js',
    probes: {
      'a login, and who it was': async (visitor) => {
        const { status, text } = await visitor.post('/login', credentials, form);
        return [status, text, (await visitor.get('/me')).text];
      },
      'a wrong password': post('/login', 'username=ada&password=wrong', form),
      'a session that counts': async (visitor) => {
        const texts: string[] = [];
        for (let i = 0; i < 4; i++) texts.push((await visitor.get('/visits')).text);
        return texts;
      },
      upload: async (visitor) => visitor.post('/upload', upload('file', 'notes.txt', 'some notes')),
      'a compressed answer': async (visitor) => {
        const { status, headers } = await visitor.get('/long', { 'accept-encoding': 'gzip' });
        return { status, headers };
      },
    },
    load,
    log: 'stdout',
  },
];
