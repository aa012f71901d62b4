const express = require('express');

const app = express();

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

app.listen(process.env.PORT, process.env.HOST);
