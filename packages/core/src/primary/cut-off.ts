import type { CutOff, CutOffKind } from '../channel/messages.js';

const texts: Readonly<Record<CutOffKind, string>> = {
  requests: 'with an HTTP/1 request in progress',
  http2: 'of HTTP/2',
  upgraded: 'upgraded, such as WebSockets',
  tls: 'idle over TLS',
  idle: 'idle',
  other: 'of another protocol',
};

/** Which connections were cut off, for people: `3 connections (2 with an HTTP/1 request in progress, 1 of HTTP/2)`. */
export function describeCutOff({ connections, kinds }: CutOff): string {
  const parts = Object.entries(texts).flatMap(([kind, text]) => {
    const count = kinds[kind as CutOffKind] ?? 0;
    return count === 0 ? [] : [`${count} ${text}`];
  });
  const which = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
  return `${connections} ${connections === 1 ? 'connection' : 'connections'}${which}`;
}
