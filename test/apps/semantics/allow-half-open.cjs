const net = require('node:net');
const { once } = require('node:events');
const { report } = require('./report.cjs');
(async () => {
  const seen = [];
  for (const allowHalfOpen of [true, false]) {
    const server = net.createServer({ allowHalfOpen }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = net.connect({ port: server.address().port, host: '127.0.0.1', allowHalfOpen: true });
    const [socket] = await once(server, 'connection');
    client.end('bye');
    let text = '';
    client.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    await once(socket.resume(), 'end');
    await new Promise(setImmediate);
    seen.push([allowHalfOpen, socket.writable]);
    if (socket.writable) socket.end('answer after the end');
    await once(client, 'end');
    seen.push(text);
    server.close();
  }
  report(seen);
})();
