const https = require('node:https');
const { readFileSync } = require('node:fs');
const answer = require('./answer.cjs');
const options = { key: readFileSync(process.env.TLS_KEY), cert: readFileSync(process.env.TLS_CERT) };
https
  .createServer(options, (request, response) => {
    response.end(JSON.stringify({ ...answer(request.url), resumed: request.socket.isSessionReused() }));
  })
  .listen(0, '127.0.0.1');
