// What a page about an app has its reader type, typed in the app's folder.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Case } from './case.js';
import { folderOf } from './app-process.js';
import { curlrc, runPage } from '../docs/page-commands.js';
import { areFree } from '../docs/ports.js';

/** Builds call home unless they are told not to. */
export const silentBuilds = {
  NEXT_TELEMETRY_DISABLED: '1',
  NUXT_TELEMETRY_DISABLED: '1',
  ASTRO_TELEMETRY_DISABLED: '1',
};

/** Where apps listen that are not told a port, and where Baton's status page is. */
const ports = [3000, 4321, 22_866];

/** Runs the commands of a page that are marked `test=real-apps`, as they stand. Rejects if one fails. */
export async function followPage(app: Case, page: string): Promise<void> {
  const home = mkdtempSync(path.join(tmpdir(), 'baton-test-'));
  writeFileSync(path.join(home, '.curlrc'), curlrc);
  const directory = folderOf(app);
  const found = [
    path.join(directory, 'node_modules/.bin'),
    path.dirname(process.execPath),
    '/usr/bin',
    '/bin',
  ];
  const env = {
    ...silentBuilds,
    HOME: home,
    PATH: found.join(':'),
    XDG_RUNTIME_DIR: home,
    // The folder's package.json stays alone, as those who copy it have it.
    npm_config_package_lock: 'false',
  };
  try {
    await areFree(ports);
    await runPage(page, { directory, env }, ({ test }) => test === 'real-apps');
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
