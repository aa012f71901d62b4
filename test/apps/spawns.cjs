// Has a helper process, which it leaves to the terminal to end.
const { pid } = require('node:child_process').spawn('sleep', ['321']);
console.log(`helper ${pid}.`);
require('./http.cjs');
