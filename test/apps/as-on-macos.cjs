// A preload: has a process find what it would on macOS, without /proc and without an addon of Baton's for it.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
Object.defineProperty(process, 'platform', { value: 'darwin' });
for (const name of ['openSync', 'readFileSync', 'readdirSync', 'readlinkSync', 'statSync']) {
  const real = fs[name];
  fs[name] = (file, ...rest) => {
    if (!String(file).startsWith('/proc')) return real(file, ...rest);
    throw Object.assign(new Error(`ENOENT: ${file}`), { code: 'ENOENT' });
  };
}
syncBuiltinESMExports();
