// A root primary, whose workers have given their rights up: what they ask it to do by a path or a descriptor, they may do themselves.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Primary } from '@baton/core';
import { ask, httpRequest } from './client.js';
import { handoffs } from './draining.js';
import { app, portOf, startPrimary, temporaryDirectory, until } from './harness.js';

const nobody = 65_534;
const skip = process.getuid?.() === 0 ? false : 'needs root, for workers of another user';
const options = { skip, timeout: 60_000 };

/** Of each kind; the promise is tried with 10,000. */
const times = Number(process.env['BATON_TEST_LIES'] ?? 500);

interface Surroundings {
  primary: Primary;
  /** Whose directories are root's alone, or the worker's to write in. */
  secret: string;
  writable: string;
  control: string;
  /** What came of so many lies, and how often. */
  lie(order: { kind: 'fd' | 'path'; paths?: string[]; swap?: object }): Promise<Record<string, number>>;
}

async function start(t: TestContext, handoff: (typeof handoffs)[number]): Promise<Surroundings> {
  const directory = temporaryDirectory(t);
  chmodSync(directory, 0o755);
  const [secret, writable] = [path.join(directory, 'secret'), path.join(directory, 'writable')];
  writeFileSync(secret, 'secret', { mode: 0o600 });
  mkdirSync(writable);
  chownSync(writable, nobody, nobody);
  process.env['XDG_RUNTIME_DIR'] = directory;
  const primary = await startPrimary(t, {
    app: app('lies.cjs'),
    workers: 2,
    handoff,
    name: 'lied-to',
    metrics: { port: 0 },
  });
  const port = portOf(primary);
  return {
    primary,
    secret,
    writable,
    control: path.join(directory, 'baton/lied-to.sock'),
    async lie(order) {
      const query = new URLSearchParams({ lie: JSON.stringify({ times, ...order }) }).toString();
      return (await ask({ port, path: `/?${query}` })) as unknown as Record<string, number>;
    },
  };
}

/** What must be as it was. */
async function check({ primary, secret, control }: Surroundings, ino: number): Promise<void> {
  const { mode, uid, gid, size } = statSync(secret);
  assert.deepEqual([mode & 0o7777, uid, gid, size], [0o600, 0, 0, 6]);
  assert.deepEqual([statSync(control).ino, statSync(control).mode & 0o777], [ino, 0o600]);
  assert.deepEqual(readdirSync(path.dirname(control)).toSorted(), ['lied-to.lock', 'lied-to.sock']);
  const client = net.connect(control);
  client.end('GET / HTTP/1.1\r\nHost: baton\r\nConnection: close\r\n\r\n');
  assert.match(String((await once(client, 'data'))[0]), /"protocol":1/);
  client.destroy();
  assert.ok(primary.metricsUrl);
  const { status, text } = await httpRequest(primary.metricsUrl);
  assert.equal(status, 200);
  assert.match(text, /baton_primary_open_fds/);
  assert.equal(primary.addresses.length, 1);
  for (const { restarts, state } of primary.snapshot().workers)
    assert.deepEqual([restarts, state], [0, 'ready']);
}

for (const handoff of handoffs) {
  test(
    `handoff of ${handoff}: a worker of another user gets no socket of the primary's`,
    options,
    async (t) => {
      const all = await start(t, handoff);
      const { ino } = statSync(all.control);
      assert.deepEqual(await all.lie({ kind: 'fd' }), { EINVAL: times });
      await check(all, ino);
    },
  );

  test(`handoff of ${handoff}: it listens on no path that is not its own`, options, async (t) => {
    const all = await start(t, handoff);
    const { ino } = statSync(all.control);
    const directory = path.dirname(all.secret);
    const paths = [all.secret, all.control, `${all.control}.new`, path.join(directory, 'new.sock')];
    assert.deepEqual(await all.lie({ kind: 'path', paths }), { EACCES: times });
    assert.deepEqual(readdirSync(directory).toSorted(), ['baton', 'secret', 'writable']);
    const own = Array.from({ length: 32 }, (_, i) => path.join(all.writable, `${i}.sock`));
    assert.deepEqual(await all.lie({ kind: 'path', paths: own }), { listening: times });
    await until(() => readdirSync(all.writable).length === 0, 'the primary has removed them');
    await check(all, ino);
  });

  test(`handoff of ${handoff}: what it puts in the place of a path stays as it is`, options, async (t) => {
    const all = await start(t, handoff);
    const { ino } = statSync(all.control);
    const swap = { directory: all.writable, file: all.secret };
    await all.lie({ kind: 'path', paths: [path.join(all.writable, 'app.sock')], swap });
    await check(all, ino);
  });
}
