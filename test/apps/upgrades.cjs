// Speaks a protocol of its own after an upgrade: echoes, says what it hears of the drain, and on `/polite` ends the connection then.
const { appendFileSync } = require('node:fs');
const { worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const server = require('node:http').createServer((request, response) =>
  response.end(JSON.stringify(answer(request.url))),
);
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.on('data', (data) => socket.write(data));
  worker.on('draining', (timeoutMs) => {
    const text = `draining ${worker.draining} ${timeoutMs}\n`;
    if (request.url === '/polite') socket.end(text);
    else socket.write(text);
  });
});
server.listen(0, '127.0.0.1');
if (process.env.LOG)
  process.on('SIGTERM', () => {
    appendFileSync(process.env.LOG, `${process.pid} TERM\n`);
    server.close(() => process.exit());
  });
