// Closes each connection at once, with close(2) and no shutdown(2).
const net = require('node:net');
net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
