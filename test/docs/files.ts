import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../harness.js';

/** What is no source of ours. */
const passedOver = new Set(['node_modules', 'dist', 'build']);

/** The files below a folder, relative to the root as the folder is. */
export function filesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return passedOver.has(entry.name) ? [] : filesBelow(name);
    return [name];
  });
}
