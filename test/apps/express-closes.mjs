// As fastify-closes.mjs.
import express from 'express';
import answer from './answer.cjs';
const app = express();
const connections = new Set();
app.get('/', (request, response) => void response.json(answer(request.url)));
app.get('/limits', (request, response) => {
  response.json({ ...answer(request.url), limits: [...connections].map(({ timeout }) => timeout) });
});
const server = app.listen(0, '127.0.0.1');
server.on('connection', (socket) => connections.add(socket));
process.on('SIGTERM', () => server.close());
