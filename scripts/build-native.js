// Builds the addon, when a source is newer than the last build. tsc goes first: it compiles what does that.
import path from 'node:path';
import { buildAddon } from '../packages/core/dist/addon/build.js';
import { isUpToDate, native } from './native.js';

if (!isUpToDate(path.join(native, 'build/Release/baton.node'))) {
  try {
    buildAddon([native], process.env);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
