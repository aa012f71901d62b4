import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';

/** Adopts the descriptor 4, then has another listener there, and tries again. */
const script = `
import { closeSync } from 'node:fs';
import { loadNative } from '#core/addon/load.js';
import { adoptInherited } from '#core/primary/inherited-sockets.js';
const native = loadNative();
const adopted = [adoptInherited(native, 4, 'tcp'), adoptInherited(native, 4, 'udp')];
closeSync(4);
const others = [];
do {
  const other = native.bindIp({ address: '127.0.0.1', port: 0, family: 4, ipv6Only: false, transport: 'tcp', reuseAddress: true, sharing: 'none' });
  other.listen(1);
  others.push(other);
} while (others.at(-1).fd !== 4 && others.length < 100);
adopted.push(others.at(-1).fd, adoptInherited(native, 4, 'tcp'), adoptInherited(native, others[0].fd, 'tcp'));
console.log(JSON.stringify(adopted.map((one) => (typeof one === 'number' ? one : 'adopted'))));
`;

test("a number that was an inherited socket's is no other's", async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const args = ['--input-type=module', '-e', script];
  const stdio = ['ignore', 'pipe', 'inherit', 'ignore', fd] as const;
  const child = spawn(process.execPath, args, { stdio: [...stdio], cwd: import.meta.dirname });
  const found: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => found.push(text));
  await once(child, 'close');
  const einval = 22;
  assert.deepEqual(JSON.parse(found.join('')), ['adopted', einval, 4, einval, einval]);
});
