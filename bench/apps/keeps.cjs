// Keeps idle connections, and answers with the slot of its worker.
const server = require('node:http').createServer((request, response) => response.end(process.env.BATON_SLOT));
server.keepAliveTimeout = 600_000;
server.listen(Number(process.env.PORT), '127.0.0.1');
