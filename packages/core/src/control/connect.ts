import { once } from 'node:events';
import net from 'node:net';
import { BatonError } from '../errors.js';
import { loadNative } from '../addon/load.js';
import { checkDirectory, controlDirectory } from './directory.js';
import { describePrimaries, livePrimaries } from './live-primaries.js';
import { socketPath } from './name.js';
import { isTrusted, peerOf } from './peer.js';

/** A connection to a primary: that it is one of this user's, or root's, is known before anything is sent. */
export interface Connection {
  socket: net.Socket;
  /** The primary's. */
  pid: number;
  /** Settles when the other end has closed it. */
  closed: Promise<unknown>;
}

/** Throws BATON_NO_PRIMARY, BATON_CONTROL_UNTRUSTED, BATON_CONTROL_PATH, BATON_CONTROL_LOST or BATON_INVALID_OPTION. */
export async function connect(name: string): Promise<Connection> {
  const directory = controlDirectory();
  const file = socketPath(directory, name);
  if (!checkDirectory(directory)) throw new BatonError('BATON_NO_PRIMARY', [named(name), []]);
  const socket = net.connect(file);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  try {
    await once(socket, 'connect');
  } catch (cause) {
    const { code = 'error' } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ECONNREFUSED')
      throw new BatonError('BATON_CONTROL_LOST', [name, `connect ${code}`], cause);
    const others = describePrimaries(await livePrimaries(directory));
    throw new BatonError('BATON_NO_PRIMARY', [named(name), others], cause);
  }
  // Whoever asks something over it hears of errors; when nothing is asked, its close says all.
  socket.on('error', () => {});
  const peer = peerOf(loadNative(), socket);
  if (peer !== undefined && isTrusted(peer)) return { socket, pid: peer.pid, closed };
  socket.destroy();
  const who = peer === undefined ? 'a process of an unknown user' : `uid ${peer.uid}`;
  throw new BatonError('BATON_CONTROL_UNTRUSTED', [file, `is served by ${who}`]);
}

function named(name: string): string {
  return `has the name ${JSON.stringify(name)}`;
}
