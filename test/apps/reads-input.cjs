// Reads standard input, tells what that is, and answers.
process.stdin.setEncoding('utf8').on('data', (text) => console.log(`READ ${text.trim()}`));
require('./http.cjs');
