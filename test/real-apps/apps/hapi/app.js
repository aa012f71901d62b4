'use strict';

const { setTimeout } = require('node:timers/promises');
const Hapi = require('@hapi/hapi');
const Joi = require('joi');

const init = async () => {
  const server = Hapi.server({ port: process.env.PORT, host: process.env.HOST });

  server.state('name', { isSecure: false, encoding: 'base64json' });

  server.route([
    { method: 'GET', path: '/', handler: () => 'Hello World!' },
    {
      method: 'POST',
      path: '/users',
      options: { validate: { payload: Joi.object({ name: Joi.string().required() }) } },
      handler: (request, h) => h.response({ id: 2, ...request.payload }).code(201),
    },
    {
      method: 'GET',
      path: '/login',
      handler: (request, h) => h.response('welcome').state('name', { name: 'Ada' }),
    },
    { method: 'GET', path: '/me', handler: (request) => request.state.name ?? { name: 'nobody' } },
    { method: 'GET', path: '/health', handler: () => ({ status: 'ok', pid: process.pid }) },
    {
      method: 'GET',
      path: '/report',
      handler: async () => {
        await setTimeout(50);
        return { rows: [1, 2, 3], pid: process.pid };
      },
    },
  ]);

  process.on('SIGTERM', async () => {
    await server.stop({ timeout: 10_000 });
    console.log('stopped');
    process.exit(0);
  });

  await server.start();
};

process.on('unhandledRejection', (error) => {
  console.error(error);
  process.exit(1);
});

init();
