// A store that is current at listen() is current in the events of the server's connections.
const http = require('node:http');
const { once } = require('node:events');
const { AsyncLocalStorage, executionAsyncId, triggerAsyncId } = require('node:async_hooks');
const { report } = require('./report.cjs');
const storage = new AsyncLocalStorage();
(async () => {
  const seen = [];
  const server = http.createServer((request, response) => {
    seen.push(['request', storage.getStore()]);
    response.end();
  });
  server.on('connection', () =>
    seen.push(['connection', storage.getStore(), executionAsyncId() > 0, triggerAsyncId() > 0]),
  );
  storage.run('at listen', () => server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const request = http.get({ port: server.address().port, host: '127.0.0.1' });
  await once(request, 'response');
  report(seen);
})();
