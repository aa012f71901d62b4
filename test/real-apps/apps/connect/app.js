const http = require('node:http');
const connect = require('connect');

const app = connect();

app.use((request, response, next) => {
  response.setHeader('X-Served-By', 'connect');
  next();
});

app.use('/health', (request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ status: 'ok', pid: process.pid }));
});

app.use('/report', (request, response) => {
  setTimeout(() => response.end(JSON.stringify({ rows: [1, 2, 3], pid: process.pid })), 50);
});

app.use('/error', () => {
  throw new Error('this is what connect answers with');
});

app.use('/hello', (request, response) => {
  response.end('Hello from Connect!\n');
});

http.createServer(app).listen(process.env.PORT, process.env.HOST);
