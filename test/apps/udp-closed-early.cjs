// Closes UDP sockets while the primary is asked for them: at port PORT, which is free, and at one that is taken. Then it uses another.
const dgram = require('node:dgram');
const http = require('node:http');
const { once } = require('node:events');
(async () => {
  const taken = dgram.createSocket('udp4').bind({ port: 0, address: '127.0.0.1', exclusive: true });
  await once(taken, 'listening');
  const closed = [Number(process.env.PORT), taken.address().port].map((port) => {
    const socket = dgram.createSocket('udp4').bind(port, '127.0.0.1');
    // Node looks the address up until the next tick.
    process.nextTick(() => socket.close());
    return once(socket, 'close');
  });
  await Promise.all(closed);
  const next = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(next, 'listening');
  next.send('hello', next.address().port, '127.0.0.1');
  await once(next, 'message');
  http.createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
})();
