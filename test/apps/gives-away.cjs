// Gives each connection to a child process, which answers it.
const { fork } = require('node:child_process');
const net = require('node:net');
if (process.argv[2] === 'child') {
  process.on('message', (message, socket) => {
    socket.write('from the child\n');
    setTimeout(() => socket.end('and later\n'), 100);
  });
} else {
  const child = fork(__filename, ['child']);
  net
    .createServer({ pauseOnConnect: true }, (socket) => child.send('take it', socket))
    .listen(0, '127.0.0.1');
}
