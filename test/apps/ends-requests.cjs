// Answers as its clients ask: `?status=` and `?after=` ms; `/interim` with 100, 102 and 103 before; `/never` not at all; `/half` begins to
// answer; `/destroy` closes the connection. HTTP/1, with TLS where there is a certificate, and HTTP/2 in `PROTOCOL`.
const { readFileSync } = require('node:fs');

const tls = process.env.TLS_KEY && {
  key: readFileSync(process.env.TLS_KEY),
  cert: readFileSync(process.env.TLS_CERT),
};

function onRequest(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://a');
  if (pathname === '/never') return;
  if (pathname === '/half') return response.write('half');
  if (pathname === '/destroy') return request.destroy();
  if (pathname === '/file') return response.stream.respondWithFile(__filename);
  if (request.method === 'POST') return request.on('end', () => response.end()).resume();
  if (pathname === '/interim') {
    response.writeProcessing?.();
    response.writeEarlyHints?.({ link: '</style.css>; rel=preload' });
  }
  response.statusCode = Number(searchParams.get('status') ?? 200);
  setTimeout(() => response.end(String(process.pid)), Number(searchParams.get('after') ?? 0));
}

const { PROTOCOL: protocol = 'http' } = process.env;
const module_ = require(`node:${protocol}`);
const server =
  protocol === 'http'
    ? module_.createServer(onRequest)
    : protocol === 'https'
      ? module_.createServer(tls, onRequest)
      : module_.createSecureServer({ ...tls, allowHTTP1: true }, onRequest);
const take = (request, socket) =>
  socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n');
server.on('upgrade', take);
server.on('connect', (request, second) => {
  if (protocol !== 'http2') return take(request, second);
  second.statusCode = request.authority.startsWith('refused') ? 403 : 200;
  second.end();
});
server.listen(0, '127.0.0.1');
