import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const server = createServer((request, response) => {
  const delay = request.url.startsWith('/report') ? 50 : 0;
  setTimeout(() => response.end(JSON.stringify({ status: 'ok', pid: process.pid })), delay);
});
const wss = new WebSocketServer({ server });

wss.on('connection', (ws) => {
  ws.on('error', console.error);
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
  ws.send('hello');
});

server.listen(process.env.PORT, process.env.HOST);

process.on('SIGTERM', () => {
  for (const ws of wss.clients) ws.close(1001, 'going away');
  server.close();
});
