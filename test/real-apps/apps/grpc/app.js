const path = require('node:path');
const { setTimeout } = require('node:timers/promises');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const definition = protoLoader.loadSync(path.join(__dirname, 'shop.proto'));
const { shop } = grpc.loadPackageDefinition(definition);

const server = new grpc.Server();

server.addService(shop.Shop.service, {
  getUser(call, callback) {
    if (call.request.id !== '1') return callback({ code: grpc.status.NOT_FOUND, details: 'no such user' });
    callback(null, { id: '1', name: 'Ada' });
  },
  async countdown(call) {
    for (let value = call.request.from; value >= 0; value--) {
      call.write({ value });
      await setTimeout(5);
    }
    call.end();
  },
  sum(call, callback) {
    let value = 0;
    call.on('data', (tick) => (value += tick.value));
    call.on('end', () => callback(null, { value }));
  },
  async report(call, callback) {
    await setTimeout(50);
    callback(null, { rows: [1, 2, 3], pid: process.pid });
  },
});

server.bindAsync(
  `${process.env.HOST}:${process.env.PORT}`,
  grpc.ServerCredentials.createInsecure(),
  (error) => {
    if (error) throw error;
  },
);

process.on('SIGTERM', () => {
  server.tryShutdown(() => console.log('shut down'));
});
