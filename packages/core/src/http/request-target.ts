import type { IncomingMessage } from 'node:http';

/** What a request is for. */
export interface RequestTarget {
  /** As the client names it, in lower case, without the port; empty if it does not. */
  host: string;
  /** Without the query. */
  path: string;
}

/** Of a target that is a whole URL, the host counts, and not that of the header (RFC 9112, 3.2.2). */
export function targetOf({ url = '', headers }: IncomingMessage): RequestTarget {
  const [, authority, path = ''] = /^https?:\/\/(?:[^/?#@]*@)?([^/?#]*)([^?#]*)/i.exec(url) ?? [];
  if (authority !== undefined) return { host: hostOf(authority), path: path || '/' };
  const [ofOrigin = ''] = url.split('?', 1);
  return { host: hostOf(headers.host ?? ''), path: ofOrigin };
}

/** `[::1]:9464` is `::1`, and `LocalHost.`, which is the same name spelt out, `localhost`. */
function hostOf(authority: string): string {
  return authority
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}
