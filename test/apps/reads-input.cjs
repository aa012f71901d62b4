// Reads standard input, and answers.
process.stdin.resume();
require('./http.cjs');
