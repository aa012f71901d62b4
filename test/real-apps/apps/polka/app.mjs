import { setTimeout } from 'node:timers/promises';
import bodyParser from 'body-parser';
import polka from 'polka';

const json = (response, value, status = 200) => {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(value));
};

polka()
  .use(bodyParser.json())
  .get('/', (request, response) => response.end('Hello World'))
  .get('/users/:id', (request, response) => json(response, { id: request.params.id }))
  .post('/users', (request, response) => json(response, { id: 2, ...request.body }, 201))
  .get('/error', (request, response, next) => next(new Error('this is what Polka answers with')))
  .get('/health', (request, response) => json(response, { status: 'ok', pid: process.pid }))
  .get('/report', async (request, response) => {
    await setTimeout(50);
    json(response, { rows: [1, 2, 3], pid: process.pid });
  })
  .listen(process.env.PORT, process.env.HOST);
