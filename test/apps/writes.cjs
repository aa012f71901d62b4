// Writes lines, whole and in parts, and the color that it was told of.
process.stdout.write('first\nsec');
process.stdout.write('ond\n');
console.error('complaint');
console.log(`color ${process.env.FORCE_COLOR}, terminal ${process.stdout.isTTY === true}`);
process.stdout.write('no end');
require('node:http').createServer().listen(0, '127.0.0.1');
