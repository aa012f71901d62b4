// Builds the addon with node-gyp, when a source is newer than the last build.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { core, headersPrefix, isUpToDate, native } from './native.js';

if (!isUpToDate(path.join(native, 'build/Release/baton.node'))) {
  const nodeGyp = createRequire(path.join(core, 'package.json')).resolve('node-gyp/bin/node-gyp.js');
  // Without headers at hand, node-gyp downloads them.
  const prefix = headersPrefix();
  const headers = prefix === undefined ? [] : [`--nodedir=${prefix}`];
  const args = [nodeGyp, 'rebuild', '--jobs=max', '--loglevel=warn', ...headers, '-C', native];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) {
    console.error('The native addon could not be built; see above. It needs python3, make and g++ (C++17).');
    process.exit(1);
  }
}
