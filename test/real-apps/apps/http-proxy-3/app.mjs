import http from 'node:http';
import { createProxyServer } from 'http-proxy-3';

const proxy = createProxyServer({ target: process.env.UPSTREAM, ws: true, xfwd: true });

proxy.on('proxyReq', (proxyReq) => {
  proxyReq.setHeader('X-Proxied-By', String(process.pid));
});

proxy.on('error', (error, request, response) => {
  if (response.writeHead) response.writeHead(502, { 'Content-Type': 'text/plain' });
  response.end('bad gateway');
});

const server = http.createServer((request, response) => proxy.web(request, response));
server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
server.listen(process.env.PORT, process.env.HOST);
