// Writes more to standard error than a pipe holds (pipe(7)) before it answers.
const answer = require('./answer.cjs');
require('node:http')
  .createServer((request, response) => {
    process.stderr.write('x'.repeat(4_000_000));
    response.end(JSON.stringify(answer(request.url)));
  })
  .listen(0, '127.0.0.1');
