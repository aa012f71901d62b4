// Answers with where its inspector is.
const http = require('node:http');
const inspector = require('node:inspector');
http
  .createServer((_request, response) =>
    response.end(
      JSON.stringify({
        slot: Number(process.env.BATON_SLOT),
        pid: process.pid,
        debugPort: process.debugPort,
        url: inspector.url(),
      }),
    ),
  )
  .listen(0, '127.0.0.1');
