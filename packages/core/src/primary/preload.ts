import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '../json.js';
import { ownDirectory } from '../own-package.js';
import { version as ownVersion } from '../version.js';
import type { Release } from './release.js';

/** Baton as it is installed somewhere. */
export interface Installed {
  /** The directory of the package, without symbolic links. */
  directory: string;
  version: string;
}

/** The Baton that this primary runs. Its files may be gone by now, with the release that they were a part of. */
export const own: Installed = {
  directory: ownDirectory,
  version: ownVersion,
};

/**
 * The Baton that a worker of the release is to load first. The release's own, if it is of the primary's version, since it stays as
 * long as the release; else the primary's; and where that is gone, whatever the release has: its channel says whether the two
 * understand each other.
 */
export function batonFor(release: Release): Installed {
  const found = batonIn(release);
  if (found?.version === own.version) return found;
  return found === undefined || existsSync(preloadOf(own)) ? own : found;
}

export function preloadOf({ directory }: Installed): string {
  return path.join(directory, 'dist/worker/register.js');
}

/** Why a worker that is started with it may fail, if there is a reason. */
export function describeDoubt({ directory, version }: Installed): string | undefined {
  if (version !== own.version)
    return (
      `It loaded Baton ${version} from ${directory}: this primary is version ${own.version}, and ${own.directory} no longer exists. ` +
      'Start baton again.'
    );
  if (existsSync(directory)) return undefined;
  return `${directory}, this primary's own Baton, no longer exists, and the release does not contain one. Start baton again.`;
}

/** The Baton that a release has installed, if it has one. */
export function batonIn({ app, realDirectory }: Release): Installed | undefined {
  for (const start of [path.dirname(app), realDirectory]) {
    const found = installedAbove(start);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** As Node looks for a package; but what Node has found once, it never looks for again. */
function installedAbove(start: string): Installed | undefined {
  for (let directory = start; ; directory = path.dirname(directory)) {
    const found = installedAt(path.join(directory, 'node_modules/@baton/core'));
    if (found !== undefined || directory === path.dirname(directory)) return found;
  }
}

function installedAt(directory: string): Installed | undefined {
  try {
    const { version } = parseJson(readFileSync(path.join(directory, 'package.json'), 'utf8')) as {
      version?: unknown;
    };
    const found = { directory: realpathSync(directory), version: String(version) };
    return existsSync(preloadOf(found)) ? found : undefined;
  } catch {
    return undefined; // not there
  }
}
