// Builds the addon, when a source is newer than the last build. What it needs has been compiled: tsc goes first.
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { buildAddon } from '../packages/core/dist/addon/build.js';

const native = path.join(import.meta.dirname, '../packages/core/native');
const addon = path.join(native, 'build/Release/baton.node');

function newestSource() {
  const sources = readdirSync(path.join(native, 'src')).map((name) => path.join(native, 'src', name));
  return Math.max(...[path.join(native, 'binding.gyp'), ...sources].map((file) => statSync(file).mtimeMs));
}

if (!existsSync(addon) || statSync(addon).mtimeMs < newestSource()) {
  try {
    buildAddon([native], process.env);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
