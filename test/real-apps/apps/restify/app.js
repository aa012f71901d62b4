const restify = require('restify');

const server = restify.createServer({ name: 'shop', version: '1.0.0' });

server.use(restify.plugins.acceptParser(server.acceptable));
server.use(restify.plugins.queryParser());
server.use(restify.plugins.bodyParser());

server.get('/hello/:name', (request, response, next) => {
  response.send({ hello: request.params.name });
  next();
});

server.post('/users', (request, response, next) => {
  response.send(201, { id: 2, ...request.body });
  next();
});

server.get('/health', (request, response, next) => {
  response.send({ status: 'ok', pid: process.pid });
  next();
});

server.get('/report', async (request, response) => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  response.send({ rows: [1, 2, 3], pid: process.pid });
});

server.listen(process.env.PORT, process.env.HOST);
