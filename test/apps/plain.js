import { createServer } from 'node:http';
createServer((request, response) => response.end('plain')).listen(0, '127.0.0.1');
