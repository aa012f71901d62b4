// Blocks its event loop for ever, if it is the process that is asked to; or answers later. Says so before.
const { writeSync } = require('node:fs');
const http = require('node:http');
const answer = require('./answer.cjs');
http
  .createServer((request, response) => {
    const [, what, number] = request.url.split('/');
    const end = () => response.end(JSON.stringify(answer(request.url)));
    if (what === 'wait') {
      writeSync(1, `waits ${process.pid}\n`);
      setTimeout(end, Number(number));
    } else if (what === 'block' && Number(number) === process.pid) {
      writeSync(1, `blocks ${process.pid}\n`);
      for (;;);
    } else {
      end();
    }
  })
  .listen(0, '127.0.0.1');
