// Keeps connections that ask for another protocol, silently. WORK_MS: processor time for each request.
const workUs = Number(process.env.WORK_MS ?? 0) * 1_000;
const answer = String(process.pid);
require('node:http')
  .createServer((request, response) => {
    if (workUs > 0) work();
    response.end(answer);
  })
  .on('upgrade', (request, socket) => {
    socket.on('error', () => {}).on('end', () => socket.end());
    socket.resume();
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: silence\r\n\r\n');
  })
  .listen(Number(process.env.PORT), '127.0.0.1');

function work() {
  const before = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(before);
    if (user + system >= workUs) return;
  }
}
