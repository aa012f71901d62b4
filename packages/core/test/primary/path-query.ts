import type { ListenQuery } from '#core/channel/messages.js';

/** What an app asks for that listens on a path. */
export function pathQuery(address: string, permissions: Partial<ListenQuery> = {}): ListenQuery {
  return {
    kind: 'unix',
    address,
    port: 0,
    index: 0,
    backlog: 1,
    ipv6Only: false,
    reuseAddress: false,
    readableAll: false,
    writableAll: false,
    isForRequest: false,
    ...permissions,
  };
}
