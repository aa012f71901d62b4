// A preload: has a process find what it would on another platform, that of $AS_PLATFORM: no /proc, and no addon of Baton's for it.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const platform = process.env.AS_PLATFORM;
Object.defineProperty(process, 'platform', { value: platform });
if (platform === 'win32') {
  for (const name of ['getuid', 'geteuid', 'getgid', 'getegid', 'getgroups']) delete process[name];
}
for (const name of ['openSync', 'readFileSync', 'readdirSync', 'readlinkSync', 'statSync']) {
  const real = fs[name];
  fs[name] = (file, ...rest) => {
    if (!String(file).startsWith('/proc')) return real(file, ...rest);
    throw Object.assign(new Error(`ENOENT: ${file}`), { code: 'ENOENT' });
  };
}
syncBuiltinESMExports();
