// Prints what a fixture saw, as one line, with what differs from run to run (ports, paths) made equal.
const ports = new Map();
const name = (port) => {
  if (!ports.has(port)) ports.set(port, `port${ports.size}`);
  return ports.get(port);
};
module.exports = {
  report: (seen) =>
    console.log(`SEEN ${JSON.stringify(seen).replaceAll(process.env.SOCKET_PATH, 'SOCKET_PATH')}`),
  /** Names a port by the order in which it was met. */
  name,
  /** All that an app can see of an error. */
  describe: (error) => ({
    code: error.code,
    errno: error.errno,
    syscall: error.syscall,
    address: error.address,
    port: error.port === undefined ? undefined : name(error.port),
    message: error.message.replace(/:(\d{4,})$/, (_, port) => `:${name(Number(port))}`),
    type: error.constructor.name,
  }),
};
