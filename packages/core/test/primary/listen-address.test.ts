import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenKind, ListenQuery } from '#core/channel/messages.js';
import { isFixed, overlap } from '#core/primary/listen-address.js';

function wanted(kind: ListenKind, address: string, port = 3000, ipv6Only = false): ListenQuery {
  const flags = {
    ipv6Only,
    reuseAddress: false,
    readableAll: false,
    writableAll: false,
    isForRequest: false,
  };
  return { kind, address, port, index: 0, backlog: 511, ...flags };
}

/** Both ways round. */
function overlapping(one: ListenQuery, other: ListenQuery): boolean {
  const bound = (query: ListenQuery) => ({
    query,
    address: { family: 'IPv4' as const, address: query.address, port: query.port },
  });
  const found = overlap(one, bound(other));
  assert.equal(overlap(other, bound(one)), found);
  return found;
}

test('two listeners keep one another from being bound where they share port and addresses', () => {
  const any = wanted('any', '');
  const any4 = wanted('tcp4', '0.0.0.0');
  const local4 = wanted('tcp4', '127.0.0.1');
  const any6 = wanted('tcp6', '::');
  const only6 = wanted('tcp6', '::', 3000, true);
  const local6 = wanted('tcp6', '::1');
  for (const [one, other] of [
    [any, any4],
    [any, local4],
    [any, local6],
    [any, any6],
    [any, only6],
    [any4, local4],
    [any4, any6],
    [any6, local4],
    [only6, local6],
    [local4, local4],
    [wanted('udp4', '0.0.0.0'), wanted('udp4', '127.0.0.1')],
  ] as const)
    assert.equal(overlapping(one, other), true, `${one.kind} ${one.address}, ${other.kind} ${other.address}`);
  for (const [one, other] of [
    [any, wanted('any', '', 3001)],
    [any4, only6],
    [any4, local6],
    [local4, wanted('tcp4', '127.0.0.2')],
    [local4, local6],
    [any, wanted('udp4', '0.0.0.0')],
    [any, wanted('unix', '/run/app.sock')],
    [any, wanted('fd', '')],
  ] as const)
    assert.equal(
      overlapping(one, other),
      false,
      `${one.kind} ${one.address}, ${other.kind} ${other.address}`,
    );
});

test('a port that the kernel has chosen counts as that which it is', () => {
  const bound = {
    query: wanted('any', '', 0),
    address: { family: 'IPv6', address: '::', port: 3000 } as const,
  };
  assert.equal(overlap(wanted('tcp4', '127.0.0.1'), bound), true);
  assert.equal(overlap(wanted('tcp4', '127.0.0.1', 0), bound), false);
});

test('fixed are ports, paths and descriptors, but not port 0', () => {
  const kinds: ListenKind[] = ['tcp4', 'tcp6', 'any', 'udp4', 'udp6'];
  for (const kind of kinds)
    assert.deepEqual([isFixed(wanted(kind, '')), isFixed(wanted(kind, '', 0))], [true, false]);
  for (const kind of ['unix', 'fd', 'udp-fd'] as const) assert.equal(isFixed(wanted(kind, '/x', 0)), true);
});
