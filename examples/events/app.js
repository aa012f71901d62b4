// Server-sent events: a stream of a minute, one event a second. `node app.js` runs it too, as a single process.
import http from 'node:http';
import { worker } from '@baton/core/worker';

const count = 60;
const intervalMs = Number(process.env.INTERVAL_MS ?? 1_000);
const streams = new Set();

const server = http.createServer((request, response) => {
  const [startedAt, last] = position(request.headers['last-event-id']);
  // 204 tells an EventSource that it need not connect again.
  if (last >= count) return response.writeHead(204).end();
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const stream = { response, timer: undefined };
  // A client whose request was on its way when the worker began to drain.
  if (worker.draining) return sendAway(stream);
  streams.add(stream);
  response.on('close', () => forget(stream));
  response.write('retry: 1000\n\n');
  send(stream, startedAt, last + 1);
});

/** When the client's stream began, and the number of the last event that it has. The id is all that a worker needs to go on. */
function position(id = '') {
  const [, startedAt, last] = /^(\d+)-(\d+)$/.exec(id) ?? [undefined, Date.now(), 0];
  return [Number(startedAt), Number(last)];
}

/** Sends this event when it is due, and then those after it. What was due while the client was away is sent at once. */
function send(stream, startedAt, number) {
  const wait = startedAt + number * intervalMs - Date.now();
  stream.timer = setTimeout(() => {
    stream.response.write(`id: ${startedAt}-${number}\ndata: ${number} of ${count}, by ${process.pid}\n\n`);
    if (number < count) send(stream, startedAt, number + 1);
    else stream.response.end();
  }, wait);
}

/** Ends a stream. The client connects again within two seconds; not all at once, since each is told another time. */
function sendAway({ response }) {
  response.end(`retry: ${Math.round(Math.random() * 2_000)}\n\n`);
}

function forget(stream) {
  clearTimeout(stream.timer);
  streams.delete(stream);
}

worker.on('draining', () => {
  for (const stream of streams) {
    forget(stream);
    sendAway(stream);
  }
});

server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? 'localhost');
