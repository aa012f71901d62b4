// Behind a load balancer that says whose connection it is (PROXY protocol, version 1), read as packages for it do: in place of Node's own
// listener, which is called after. From generation READS_FROM on; before, there is no such line.
const http = require('node:http');
const { worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');

const server = http.createServer((request, response) => {
  const end = () => response.end(JSON.stringify({ ...answer(request.url), client: request.socket.client }));
  if (request.url === '/when-draining') worker.once('draining', () => setTimeout(end, 100));
  else end();
});
server.keepAliveTimeout = 600_000;

if (worker.generation >= Number(process.env.READS_FROM ?? 1)) {
  const [readHttp] = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    let head = Buffer.alloc(0);
    socket.on('readable', function onReadable() {
      for (let chunk; (chunk = socket.read()) !== null;) head = Buffer.concat([head, chunk]);
      if (head.length >= 5 && head.toString('latin1', 0, 5) !== 'PROXY')
        throw new Error('non-PROXY protocol connection');
      const end = head.indexOf('\r\n');
      if (end < 0) return;
      socket.off('readable', onReadable);
      socket.client = head.toString('latin1', 0, end).split(' ')[2];
      socket.unshift(head.subarray(end + 2));
      readHttp.call(server, socket);
    });
  });
}
server.listen(0, '127.0.0.1');
