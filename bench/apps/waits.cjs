// Answers after five milliseconds. Its event loop stands still for 80 ms five times a second, so that connections queue up.
setInterval(() => {
  const end = performance.now() + 80;
  while (performance.now() < end);
}, 200);
require('node:http')
  .createServer((request, response) => setTimeout(() => response.end('hello\n'), 5))
  .listen({
    port: Number(process.env.PORT),
    host: '127.0.0.1',
    ...(process.env.REUSE_PORT && { reusePort: true }),
  });
