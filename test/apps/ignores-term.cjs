process.on('SIGTERM', () => console.log('TERM ignored'));
require('node:http').createServer().listen(0, '127.0.0.1');
setInterval(() => {}, 1000);
