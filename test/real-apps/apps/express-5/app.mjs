import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import express from 'express';

const app = express();
const users = new Map([['1', { id: 1, name: 'Ada' }]]);

app.use(express.json());
app.use(express.urlencoded());

app.get('/', (request, response) => {
  response.send('Hello World!');
});

app.get('/users/:id', (request, response) => {
  const user = users.get(request.params.id);
  if (user === undefined) return response.status(404).json({ error: 'no such user' });
  response.json(user);
});

app.post('/users', (request, response) => {
  response
    .status(201)
    .location('/users/2')
    .json({ id: 2, ...request.body });
});

app.post('/digest', express.raw({ limit: '10mb' }), (request, response) => {
  response.json({
    bytes: request.body.length,
    sha256: createHash('sha256').update(request.body).digest('hex'),
  });
});

app.get('/stream', async (request, response) => {
  response.type('text/plain');
  for (let i = 0; i < 5; i++) {
    response.write(`line ${i}\n`);
    await setTimeout(5);
  }
  response.end();
});

app.get('/login', (request, response) => {
  response.cookie('name', 'Ada', { httpOnly: true }).redirect('/');
});

app.get('/error', async () => {
  throw new Error('this is what Express 5 passes on by itself');
});

app.get('/health', (request, response) => {
  response.json({ status: 'ok', pid: process.pid });
});

app.get('/report', async (request, response) => {
  await setTimeout(50);
  response.json({ rows: [1, 2, 3], pid: process.pid });
});

app.use((error, request, response, next) => {
  response.status(500).json({ error: error.message });
});

app.listen(process.env.PORT, process.env.HOST);
