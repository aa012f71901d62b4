// Ends with an exit code of its own when it is told to end.
const answer = require('./answer.cjs');
process.on('SIGTERM', () => process.exit(3));
require('node:http')
  .createServer((request, response) => response.end(JSON.stringify(answer(request.url))))
  .listen(0, '127.0.0.1');
