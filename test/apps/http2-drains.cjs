// HTTP/2, with TLS and without, that answers streams when their worker has been told to end.
const http2 = require('node:http2');
const { readFileSync } = require('node:fs');
const { worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const options = {
  key: readFileSync(require.resolve('./tls/key.pem')),
  cert: readFileSync(require.resolve('./tls/cert.pem')),
};
function onRequest(request, response) {
  const finish = () => response.end(JSON.stringify(answer(request.url)));
  if (request.url === '/when-draining') worker.once('draining', () => setTimeout(finish, 200));
  else finish();
}
http2.createServer(onRequest).listen(0, '127.0.0.1', () => {
  http2.createSecureServer({ ...options, allowHTTP1: true }, onRequest).listen(0, '127.0.0.1');
});
