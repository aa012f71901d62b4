import path from 'node:path';
import { nearestPackage } from '../nearest-package.js';
import { toSocketName } from '../socket-name.js';

/** Not a name that a package could have, for the directory `/`. */
const nameless = 'baton';

/**
 * The name that a primary takes which was given none, if it is free: `name` of the nearest package.json at or above the directory, else
 * the base name of that package's directory, or of `cwd` where there is no package. `@scope/app` gives `scope-app`.
 */
export function defaultName(cwd: string): string {
  const { directory, name } = nearestPackage(cwd) ?? { directory: cwd, name: undefined };
  return toSocketName(name ?? '') || toSocketName(path.basename(directory)) || nameless;
}
