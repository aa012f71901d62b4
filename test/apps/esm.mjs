import { createServer } from 'node:http';
import answer from './answer.cjs';
import cluster from 'node:cluster';
import { isPrimary } from 'node:cluster';
createServer((request, response) => {
  response.end(JSON.stringify({ ...answer(request.url), worker: cluster.worker.id, isPrimary }));
}).listen(0, '127.0.0.1');
