import { BatonError } from '../errors.js';
import { loadNative } from '../native.js';
import type { Controlled } from './controlled.js';
import { controlDirectory } from './directory.js';
import { ControlServer, type ControlServerOptions } from './server.js';

/**
 * Opens the control socket of a primary: before the app is started, so that a name that is taken is told with nothing started.
 * Undefined, after `warn`, where the file system has no place for one, or none that can be trusted. Throws BATON_NAME_TAKEN,
 * BATON_CONTROL_PATH or BATON_INVALID_OPTION.
 */
export async function startControl(
  controlled: Controlled,
  options: ControlServerOptions,
  warn: (message: string) => void,
): Promise<ControlServer | undefined> {
  const server = new ControlServer(loadNative(), controlled, options);
  try {
    await server.start(controlDirectory());
    return server;
  } catch (error) {
    // Where all may write, another user could keep the app from starting.
    const codes = ['BATON_CONTROL_DIRECTORY', 'BATON_CONTROL_UNTRUSTED'];
    if (!(error instanceof BatonError) || !codes.includes(error.code)) throw error;
    warn(error.message);
    return undefined;
  }
}
