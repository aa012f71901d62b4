import type { CutOff, CutOffKind } from '../channel/messages.js';
import { countSessions } from './http2-sessions.js';
import { httpConnections, type ServerInternals } from './node-internals.js';
import { requestsUnderWay } from './request-count.js';

/** How many connections of the servers are open, and what they are in the middle of. */
export function countOpenConnections(servers: readonly ServerInternals[]): CutOff {
  const counts = new Map<CutOffKind, number>();
  const count = (kind: CutOffKind, connections = 1): void => {
    if (connections > 0) counts.set(kind, (counts.get(kind) ?? 0) + connections);
  };
  let connections = 0;
  for (const server of servers) {
    const { _connections: open = 0 } = server;
    connections += open;
    if (!speaksHttp(server)) {
      count('other', open);
      continue;
    }
    const http1 = httpConnections(server);
    for (const socket of http1) {
      if (requestsUnderWay(socket) > 0) count('requests');
      else count('encrypted' in socket ? 'tls' : 'idle');
    }
    const sessions = countSessions(server);
    count('http2', sessions);
    // Node's HTTP lets go of what was upgraded.
    count('upgraded', open - http1.length - sessions);
  }
  return { connections, kinds: Object.fromEntries(counts) };
}

function speaksHttp(server: ServerInternals): boolean {
  return 'closeIdleConnections' in server || 'updateSettings' in server;
}
