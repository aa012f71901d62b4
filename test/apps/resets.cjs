const net = require('node:net');
net.createServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1');
