// Listens on a descriptor that the primary inherited, as under systemd socket activation.
const http = require('node:http');
const answer = require('./answer.cjs');
http.createServer((request, response) => response.end(JSON.stringify(answer(request.url)))).listen({ fd: 4 });
