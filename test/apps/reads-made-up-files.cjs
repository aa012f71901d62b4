// A preload: what is read of the files of which MADE_UP_FILES has the text, by their paths, is that text.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const files = new Map(Object.entries(JSON.parse(process.env.MADE_UP_FILES)));
const { readFileSync } = fs;
fs.readFileSync = (file, ...options) => files.get(file) ?? readFileSync(file, ...options);
syncBuiltinESMExports();
