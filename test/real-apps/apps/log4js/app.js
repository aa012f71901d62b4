const path = require('node:path');
const express = require('express');
const log4js = require('log4js');

log4js.configure({
  appenders: { requests: { type: 'file', filename: path.join(process.env.DATA_DIR, 'requests.log') } },
  categories: { default: { appenders: ['requests'], level: 'info' } },
  disableClustering: true,
});

const app = express();

app.use(log4js.connectLogger(log4js.getLogger('http'), { level: 'info', format: ':method :url :status' }));

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
    log4js.shutdown(() => process.exit(0));
  });
});
