const path = require('node:path');
const express = require('express');
const winston = require('winston');

const logger = winston.createLogger({
  level: 'info',
  format: winston.format.json(),
  transports: [
    new winston.transports.Console(),
    new winston.transports.File({ filename: path.join(process.env.DATA_DIR, 'requests.log') }),
  ],
});

const app = express();

app.use((request, response, next) => {
  response.on('finish', () => {
    logger.info('answered', {
      method: request.method,
      url: request.originalUrl,
      status: response.statusCode,
    });
  });
  next();
});

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
    logger.on('finish', () => process.exit(0));
    logger.end();
  });
});
