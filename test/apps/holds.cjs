// Keeps what asks for /held waiting until it hears SIGUSR2. TLS: over https.
const { readFileSync } = require('node:fs');
const answer = require('./answer.cjs');
const held = [];
const [http, options] = process.env.TLS
  ? [require('node:https'), { key: read('key.pem'), cert: read('cert.pem') }]
  : [require('node:http'), {}];
const server = http.createServer(options, (request, response) => {
  const end = () => response.end(JSON.stringify(answer(request.url)));
  if (request.url === '/held') held.push(end);
  else end();
});
process.on('SIGUSR2', () => held.splice(0).forEach((end) => end()));
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1');

function read(name) {
  return readFileSync(require.resolve(`./tls/${name}`));
}
