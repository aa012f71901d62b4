const answer = require('./answer.cjs');
process.on('SIGTERM', () => console.log('TERM ignored'));
require('node:http')
  .createServer((request, response) => response.end(JSON.stringify(answer(request.url))))
  .listen(0, '127.0.0.1');
setInterval(() => {}, 1000);
