const http2 = require('node:http2');
const { readFileSync } = require('node:fs');
const answer = require('./answer.cjs');
const options = { key: readFileSync(process.env.TLS_KEY), cert: readFileSync(process.env.TLS_CERT) };
const onRequest = (request, response) => response.end(JSON.stringify(answer(request.url)));
http2.createSecureServer(options, onRequest).listen(0, '127.0.0.1');
http2.createServer(onRequest).listen(0, '127.0.0.1');
