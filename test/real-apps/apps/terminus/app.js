const http = require('node:http');
const { createTerminus } = require('@godaddy/terminus');
const express = require('express');

const app = express();

app.get('/', (request, response) => {
  response.json({ status: 'ok', pid: process.pid });
});

app.get('/report', (request, response) => {
  setTimeout(() => response.json({ rows: [1, 2, 3], pid: process.pid }), 50);
});

const server = http.createServer(app);

createTerminus(server, {
  signal: 'SIGTERM',
  healthChecks: { '/healthcheck': async () => ({ database: 'up' }) },
  onSignal: async () => console.log('cleaning up'),
  onShutdown: async () => console.log('cleaned up'),
});

server.listen(process.env.PORT, process.env.HOST);
