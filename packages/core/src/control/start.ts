import { BatonError } from '../errors.js';
import { loadNative } from '../addon/load.js';
import type { Controlled } from './controlled.js';
import { controlDirectory } from './directory.js';
import { describeHolder } from './holder.js';
import { lockPath } from './name.js';
import { ControlServer, type ControlServerOptions } from './server.js';

/**
 * Opens the control socket of a primary: before the app is started, so that a name that is taken is told with nothing started.
 * Undefined, after `warn`, where the file system has no place for one, or none that can be trusted; a name that is not the first of those
 * it may have is a warning, too. Throws BATON_NAME_TAKEN, BATON_CONTROL_PATH or BATON_INVALID_OPTION.
 */
export async function startControl(
  controlled: Controlled,
  options: ControlServerOptions,
  warn: (message: string) => void,
): Promise<ControlServer | undefined> {
  const server = new ControlServer(loadNative(), controlled, options);
  const directory = controlDirectory();
  try {
    await server.start(directory);
  } catch (error) {
    // Where all may write, another user could keep the app from starting.
    const codes = ['BATON_CONTROL_DIRECTORY', 'BATON_CONTROL_UNTRUSTED'];
    if (!(error instanceof BatonError) || !codes.includes(error.code)) throw error;
    warn(error.message);
    return undefined;
  }
  const [wanted = ''] = options.names;
  if (server.name !== wanted) {
    const holder = describeHolder(lockPath(directory, wanted));
    const choice = 'Choose a fixed name with --name';
    warn(
      `The name "${wanted}" is already used by ${holder}; this primary is named "${server.name}". ${choice}.`,
    );
  }
  return server;
}
