// Tries to listen on each low descriptor of the primary, and to read from it as from a UDP socket. Tells on which it can, on a line.
const dgram = require('node:dgram');
const net = require('node:net');

function tcp(fd) {
  const server = net.createServer();
  return outcome(server, () => server.listen({ fd }));
}

function udp(fd) {
  const socket = dgram.createSocket('udp4');
  return outcome(socket, () => socket.bind({ fd }));
}

function outcome(socket, listen) {
  return new Promise((resolve) => {
    socket.on('listening', () => resolve(true)).on('error', () => resolve(false));
    listen();
  });
}

async function those(can) {
  const found = [];
  // dgram takes 0 for none.
  for (let fd = 1; fd < 100; fd++) if (await can(fd)) found.push(fd);
  return found;
}

net.createServer().listen(0, '127.0.0.1', async () => {
  console.log(JSON.stringify({ tcp: await those(tcp), udp: await those(udp) }));
});
