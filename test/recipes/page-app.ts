import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileOf } from '../docs/page.js';
import { temporaryDirectory } from '../harness.js';
import { installBaton } from '../installed-baton.js';

/** A directory with the app of a page, `app.js`, and Baton installed as npm does; any user may read it. */
export function installedApp(test: TestContext, page: string): string {
  const directory = temporaryDirectory(test);
  chmodSync(directory, 0o755);
  installBaton(directory);
  mkdirSync(path.join(directory, 'node_modules/.bin'));
  symlinkSync('../@baton/core/bin/baton.js', path.join(directory, 'node_modules/.bin/baton'));
  writeFileSync(path.join(directory, 'app.js'), fileOf(page, 'app.js'));
  return directory;
}
