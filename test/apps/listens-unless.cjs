// Takes a while for each answer; ends before it listens where the file of THROWS_IF exists.
const { existsSync } = require('node:fs');
if (existsSync(process.env.THROWS_IF)) throw new Error('<b>not today</b>');
require('./slow-answer.cjs');
