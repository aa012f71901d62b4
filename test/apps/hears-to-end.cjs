// Hears the signals in HEARS, and closes its server then. Answers each request after a while.
const { appendFileSync } = require('node:fs');
const answer = require('./answer.cjs');
const note = (what) => appendFileSync(process.env.LOG, `${process.pid} ${what}\n`);
const server = require('node:http').createServer((request, response) => {
  console.log('asked');
  if (request.url === '/block') for (const until = Date.now() + 400; Date.now() < until;);
  setTimeout(() => response.end(JSON.stringify(answer(request.url))), 400);
});
server.listen(0, '127.0.0.1');
for (const signal of process.env.HEARS.split(' ').filter(Boolean)) {
  process.on(signal, () => {
    note(signal);
    if (signal !== 'SIGHUP') server.close(() => process.exit(0));
  });
}
