const express = require('express');
const { createHttpTerminator } = require('http-terminator');

const app = express();

app.get('/', (request, response) => {
  response.json({ status: 'ok', pid: process.pid });
});

app.get('/report', (request, response) => {
  setTimeout(() => response.json({ rows: [1, 2, 3], pid: process.pid }), 50);
});

const server = app.listen(process.env.PORT, process.env.HOST);
const terminator = createHttpTerminator({ server });

process.on('SIGTERM', async () => {
  await terminator.terminate();
  console.log('terminated');
  process.exit(0);
});
