const net = require('node:net');
const { once } = require('node:events');
const { report, describe } = require('./report.cjs');
const failure = async (...args) => {
  const server = net.createServer();
  server.listen(...args);
  const error = await new Promise((resolve) =>
    server.on('error', resolve).on('listening', () => resolve(new Error('it listens'))),
  );
  return { ...describe(error), listening: server.listening, serverAddress: server.address() };
};
(async () => {
  const taken = net.createServer().listen({ port: 0, host: '127.0.0.1', exclusive: true });
  await once(taken, 'listening');
  const { port } = taken.address();
  const everywhere = net.createServer().listen({ port: 0, exclusive: true });
  await once(everywhere, 'listening');
  const path = process.env.SOCKET_PATH;
  const unix = net.createServer().listen({ path, exclusive: true });
  await once(unix, 'listening');
  const seen = {
    inUse: await failure({ port, host: '127.0.0.1' }),
    inUseEverywhere: await failure({ port: everywhere.address().port }),
    inUsePath: await failure({ path }),
    // TEST-NET-1 of RFC 5737: no machine has it.
    notAvailable: await failure({ port: 0, host: '192.0.2.1' }),
    notAvailablePort: await failure({ port: 12345, host: '192.0.2.1' }),
    notAvailable6: await failure({ port: 0, host: '2001:db8::1' }),
    noFolder: await failure({ path: '/nonexistent/folder/app.sock' }),
    badFd: await failure({ fd: 999 }),
  };
  // One server that failed can listen elsewhere.
  const server = net.createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'error').catch(() => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  seen.recovered = server.address().address;
  report(seen);
})();
