import { constants } from 'node:os';
import path from 'node:path';
import type { ListenFailure, ListenQuery } from '../channel/messages.js';
import type { BindOptions, Errno, Native, NativeSocket, SocketAddress } from '../native.js';
import { bindPath, type PathBefore } from './bind-path.js';
import type { BoundFile } from './bound-file.js';
import { rightsOf, type Child } from './file-rights.js';
import { adoptInherited } from './inherited-sockets.js';

/** A socket bound (and, for streams, listening) as a worker asked. */
export interface BoundSocket {
  socket: NativeSocket;
  /** Of one that is bound to a path. Closing the socket does not remove it. */
  file?: BoundFile;
}

const { EADDRINUSE, EINVAL } = constants.errno;

/** The most connections that may wait in the queue; where the app does not say, Node's own default. */
export function backlogOf({ backlog }: ListenQuery): number {
  return backlog || 511;
}

/**
 * Binds what a worker asked for. Failures carry the errno that Node itself would have met. `sharing`: of IP addresses, with the
 * sockets of other slots. Throws what `rightsOf` does.
 */
export function bindListener(
  native: Native,
  query: ListenQuery,
  worker: Child,
  sharing: BindOptions['sharing'] = 'none',
): BoundSocket | ListenFailure {
  switch (query.kind) {
    case 'any':
      return bindAnyAddress(native, query, sharing);
    case 'unix':
      return bindUnix(native, query, worker);
    case 'fd':
      return listen(adoptInherited(native, query.port, 'tcp'), query, '');
    case 'udp-fd':
      return bound(adoptInherited(native, query.port, 'udp'), '');
    case 'udp4':
    case 'udp6':
      return bound(bindIp(native, query, query.address), query.address);
    case 'tcp4':
    case 'tcp6':
      return listen(bindIp(native, query, query.address, sharing), query, query.address);
  }
}

/** Another socket on the address of a listener that was bound with `sharing: 'first'`. It does not listen yet. */
export function bindAnother(
  native: Native,
  query: ListenQuery,
  { family, address, port }: SocketAddress,
): NativeSocket | ListenFailure {
  // What was bound for `any` is one of the two. An address that was asked for may have a zone, which the bound one lacks.
  const kind = family === 'IPv6' ? 'tcp6' : 'tcp4';
  const same: ListenQuery =
    query.kind === 'any' ? { ...query, kind, address, port, ipv6Only: false } : { ...query, port };
  const socket = bindIp(native, same, same.address, 'more');
  return typeof socket === 'number' ? failure(socket, same.address) : socket;
}

/** True if binding failed. */
export function isFailure(result: object): result is ListenFailure {
  return 'errno' in result;
}

/** As Node does: all IPv6 and IPv4 addresses in one socket, or only the IPv4 ones where there is no IPv6. */
function bindAnyAddress(
  native: Native,
  query: ListenQuery,
  sharing: BindOptions['sharing'],
): BoundSocket | ListenFailure {
  const both = bindIp(native, { ...query, kind: 'tcp6', ipv6Only: false }, '::', sharing);
  if (typeof both !== 'number' || both === EADDRINUSE) return listen(both, query, '::');
  return listen(bindIp(native, { ...query, kind: 'tcp4' }, '0.0.0.0', sharing), query, '0.0.0.0');
}

function bindIp(
  native: Native,
  query: ListenQuery,
  address: string,
  sharing: BindOptions['sharing'] = 'none',
): NativeSocket | Errno {
  const isUdp = query.kind.startsWith('udp');
  return native.bindIp({
    address,
    port: query.port,
    family: query.kind.endsWith('6') ? 6 : 4,
    ipv6Only: query.ipv6Only,
    transport: isUdp ? 'udp' : 'tcp',
    reuseAddress: isUdp ? query.reuseAddress : true,
    sharing,
  });
}

/** Abstract names (unix(7)) are none of the file system's. A worker's path is whole: the directory of this process is not its own. */
function bindUnix(native: Native, query: ListenQuery, worker: Child): BoundSocket | ListenFailure {
  const { address } = query;
  if (address.startsWith('\0')) return listen(native.bindUnix(address), query, address);
  if (address.includes('\0') || !path.isAbsolute(address)) return failure(EINVAL, address);
  return bindFile(native, query, worker);
}

/** A socket for a listener of a path; another one, where there are some `before`. Throws what `rightsOf` does. */
export function bindFile(
  native: Native,
  query: ListenQuery,
  worker: Child,
  before?: PathBefore,
): Required<BoundSocket> | ListenFailure {
  const rights = rightsOf(native, worker);
  const result = bindPath(native, query, backlogOf(query), rights, before);
  return typeof result === 'number' ? failure(result, query.address) : result;
}

function listen(
  socket: NativeSocket | Errno,
  query: ListenQuery,
  address: string,
): BoundSocket | ListenFailure {
  if (typeof socket === 'number') return failure(socket, address);
  const error = socket.listen(backlogOf(query));
  if (error === 0) return bound(socket, address);
  socket.close();
  return failure(error, address);
}

function bound(socket: NativeSocket | Errno, address: string): BoundSocket | ListenFailure {
  return typeof socket === 'number' ? failure(socket, address) : { socket };
}

function failure(errno: Errno, address: string): ListenFailure {
  return { errno: -errno, address };
}
