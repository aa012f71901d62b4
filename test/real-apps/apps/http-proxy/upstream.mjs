// What is behind the proxy: answers with what it was asked, and by which process; its WebSockets say what they hear.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

export async function start() {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const path = request.url.split('?')[0];
    const forwarded = request.headers['x-forwarded-proto'];
    const pid = Number(request.headers['x-proxied-by']);
    response.setHeader('Content-Type', 'application/json');
    response.statusCode = path === '/nothing' ? 404 : 200;
    const answer = JSON.stringify({ path, method: request.method, forwarded, body, pid });
    setTimeout(() => response.end(answer), path === '/report' ? 50 : 0);
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (ws) => ws.on('message', (data) => ws.send(`heard ${data}`)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    sockets.close();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { env: { UPSTREAM: `http://127.0.0.1:${server.address().port}` }, close };
}
