// Takes MOST connections at a time. Beside it, another server takes any number.
const http = require('node:http');
const answer = require('./answer.cjs');
let drops = 0;
function create() {
  const server = http.createServer((request, response) => {
    const { searchParams } = new URL(request.url, 'http://a');
    for (const name of ['maxConnections', 'dropMaxConnection']) {
      if (searchParams.has(name)) server[name] = JSON.parse(searchParams.get(name));
    }
    response.end(JSON.stringify({ ...answer(request.url), drops }));
  });
  server.keepAliveTimeout = 0;
  server.on('drop', () => drops++);
  return server;
}
const limited = create();
limited.maxConnections = Number(process.env.MOST);
limited.listen(process.env.SOCKET_PATH ?? 0, '127.0.0.1', () => create().listen(0, '127.0.0.1'));
