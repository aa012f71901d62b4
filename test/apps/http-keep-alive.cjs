// Keeps idle connections for as long as a test may last.
const http = require('node:http');
const answer = require('./answer.cjs');
const server = http.createServer((request, response) => response.end(JSON.stringify(answer(request.url))));
server.keepAliveTimeout = 600_000;
server.listen(0, process.env.HOST);
