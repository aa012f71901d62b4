// Where the addon is, and what it is made of.
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

export const core = path.join(import.meta.dirname, '../packages/core');
export const native = path.join(core, 'native');

/** Whether the file is there, and as new as all of the addon's sources and the `others`. */
export function isUpToDate(file, ...others) {
  if (!existsSync(file)) return false;
  const sources = readdirSync(path.join(native, 'src')).map((name) => path.join(native, 'src', name));
  const newest = Math.max(
    ...[path.join(native, 'binding.gyp'), ...sources, ...others].map((source) => statSync(source).mtimeMs),
  );
  return statSync(file).mtimeMs >= newest;
}
