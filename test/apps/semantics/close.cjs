const net = require('node:net');
const { once } = require('node:events');
const { report, describe } = require('./report.cjs');
(async () => {
  const seen = [];
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const client = net.connect(port, '127.0.0.1');
  const [accepted] = await once(server, 'connection');
  server.on('close', () => seen.push('close event'));
  server.close(() => seen.push('close callback'));
  server.close((error) => seen.push(['second close', error.code]));
  await new Promise(setImmediate);
  seen.push('connection still open', accepted.destroyed);
  // The primary hears of it over a channel, and refuses from then on.
  for (;;) {
    const late = net.connect(port, '127.0.0.1');
    const error = await new Promise((resolve) => late.on('error', resolve).on('connect', () => resolve()));
    late.destroy();
    // One that came just before the listener was closed is reset.
    if (error && error.code !== 'ECONNRESET') {
      seen.push(describe(error).code);
      break;
    }
  }
  client.end();
  accepted.resume().end();
  await once(server, 'close');
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  seen.push('listens again', server.address().port === port);
  try {
    server.listen(0);
  } catch (error) {
    seen.push(error.code);
  }
  report(seen);
})();
