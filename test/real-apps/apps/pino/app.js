const path = require('node:path');
const express = require('express');
const pino = require('pino');
const pinoHttp = require('pino-http');

// A worker thread writes.
const transport = pino.transport({
  target: 'pino/file',
  options: { destination: path.join(process.env.DATA_DIR, 'requests.log'), append: true },
});
const logger = pino(transport);

const app = express();

app.use(pinoHttp({ logger }));

app.get('/health', (request, response) => {
  response.json({ status: 'ok', pid: process.pid });
});

app.get('/report', async (request, response) => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  response.json({ rows: [1, 2, 3], pid: process.pid });
});

app.get('/users/:id', (request, response) => {
  if (request.params.id !== '1') return response.status(404).json({ error: 'no such user' });
  response.json({ id: 1, name: 'Ada' });
});

const server = app.listen(process.env.PORT, process.env.HOST);

process.on('SIGTERM', () => {
  server.close(() => {
    logger.info('closed');
    process.exit(0);
  });
});
