import type { ListenKind, ListenQuery } from '../channel/messages.js';
import type { SocketAddress } from '../native.js';

interface Range {
  transport: 'tcp' | 'udp';
  families: readonly (4 | 6)[];
  /** `all` of these families, or one. */
  address: string;
  port: number;
}

/** Whether the kernel lets only one of them be bound: they have the port and an address in common (bind(2), ipv6(7)). */
export function overlap(
  wanted: ListenQuery,
  { query, address: { port } }: { query: ListenQuery; address: SocketAddress },
): boolean {
  const [one, other] = [rangeOf(wanted), rangeOf({ ...query, port })];
  if (one === undefined || other === undefined) return false;
  return (
    one.port === other.port &&
    one.transport === other.transport &&
    one.families.some((family) => other.families.includes(family)) &&
    (one.address === 'all' || other.address === 'all' || one.address === other.address)
  );
}

/** None for paths and descriptors. */
function rangeOf({ kind, address, port, ipv6Only }: ListenQuery): Range | undefined {
  if (!isIp(kind)) return undefined;
  const transport = kind.startsWith('udp') ? 'udp' : 'tcp';
  if (kind === 'any') return { transport, families: [4, 6], address: 'all', port };
  const isIpv4 = kind.endsWith('4');
  const isAll = address === (isIpv4 ? '0.0.0.0' : '::');
  // A socket for all IPv6 addresses is for all IPv4 ones too, unless it says not.
  const families = isIpv4 ? ([4] as const) : isAll && !ipv6Only ? ([4, 6] as const) : ([6] as const);
  return { transport, families, address: isAll ? 'all' : address, port };
}

/** Whether it is the same one at every start of the app. */
export function isFixed({ kind, port }: ListenQuery): boolean {
  return !isIp(kind) || port !== 0;
}

/** The name of what was asked for, which is the same at every start of the app. */
export function labelOf({ kind, address, port }: ListenQuery, bound: SocketAddress): string {
  if (kind === 'unix') return address.replace(/^\0/, '@');
  if (kind === 'fd' || kind === 'udp-fd') return `fd:${port}`;
  return ipLabel(bound.address, port);
}

/** The same for an address with a port. */
export function ipLabel(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** How people are told where a socket listens. */
export function nameAddress({ family, address, port }: SocketAddress): string {
  return family === 'unix' ? address.replace(/^\0/, '@') : ipLabel(address, port);
}

/** Whether it is an address of an IP protocol, with a port. */
function isIp(kind: ListenKind): boolean {
  return kind === 'any' || /^(tcp|udp)[46]$/.test(kind);
}
