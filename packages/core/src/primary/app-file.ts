import { createRequire } from 'node:module';
import path from 'node:path';
import { BatonError } from '../errors.js';

/** Looks for the app as node does, so that a wrong path is told before any process is started. Throws BATON_APP_NOT_FOUND. */
export function checkApp(app: string): void {
  const cwd = process.cwd();
  try {
    createRequire(path.join(cwd, 'index.js')).resolve(path.resolve(app));
  } catch (cause) {
    throw new BatonError('BATON_APP_NOT_FOUND', [app, cwd], cause);
  }
}
