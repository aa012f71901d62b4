import { parseJson } from './json.js';
import { readOwnFile } from './own-package.js';

/** Of this package; empty in a bundle. */
export const { version } = parseJson(readOwnFile('package.json') || '{ "version": "" }') as {
  version: string;
};
