// Builds the addon with node-gyp, when a source is newer than the last build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const core = path.join(import.meta.dirname, '../packages/core');
const native = path.join(core, 'native');
const addon = path.join(native, 'build/Release/baton.node');

function newestSource() {
  const sources = readdirSync(path.join(native, 'src')).map((name) => path.join(native, 'src', name));
  return Math.max(...[path.join(native, 'binding.gyp'), ...sources].map((file) => statSync(file).mtimeMs));
}

// Headers installed beside the node binary spare node-gyp a download; they are of the right version by definition.
function headerOptions() {
  const prefix = path.resolve(path.dirname(process.execPath), '..');
  return existsSync(path.join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

if (!existsSync(addon) || statSync(addon).mtimeMs < newestSource()) {
  const nodeGyp = createRequire(path.join(core, 'package.json')).resolve('node-gyp/bin/node-gyp.js');
  const args = [nodeGyp, 'rebuild', '--jobs=max', '--loglevel=warn', ...headerOptions(), '-C', native];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) {
    console.error('The native addon could not be built; see above. It needs python3, make and g++ (C++17).');
    process.exit(1);
  }
}
