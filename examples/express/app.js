// An Express app. `node app.js` runs it too, as a single process.
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';

const app = express();
const worker = { pid: process.pid, worker: Number(process.env.BATON_SLOT ?? 0) };

app.get('/', (_request, response) => {
  response.json({ hello: 'world', ...worker });
});

// So that you can reload, or kill, its worker meanwhile.
app.get('/slow/:seconds', async (request, response) => {
  await sleep(request.params.seconds * 1_000);
  response.json({ hello: 'at last', ...worker });
});

app.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? 'localhost');
