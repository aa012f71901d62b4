// The app that every contender runs.
require('node:http')
  .createServer((request, response) => response.end('hello\n'))
  .listen({
    port: Number(process.env.PORT),
    host: '127.0.0.1',
    ...(process.env.REUSE_PORT && { reusePort: true }),
  });
