// Listeners on Unix paths, where the path leads elsewhere than it did.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Handoff, Primary, PrimaryOptions, WorkerInfo } from '@baton/core';
import { ask, askMany } from './client.js';
import { askRelease, Deployment } from './deployment.js';
import { app, openFds, startPrimary, temporaryDirectory, until } from './harness.js';

const folder = { 'run/none': '' };

async function start(
  t: TestContext,
  deployment: Deployment,
  options: Partial<PrimaryOptions>,
): Promise<Primary> {
  return startPrimary(t, {
    app: 'app.cjs',
    cwd: deployment.current,
    env: { ...process.env, SOCKET: 'run/app.sock' },
    workers: 2,
    probationMs: 0,
    ...options,
  });
}

function socketIn(directory: string): { socketPath: string } {
  return { socketPath: path.join(directory, 'run/app.sock') };
}

/** How many sockets of this process listen on a path, by proc_net(5): its file may be gone. */
function listening(): number {
  const own = new Set(openFds().values());
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
  // Num RefCount Protocol Flags Type St Inode Path
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , flags, , , inode, name]) => flags === '00010000' && name && own.has(`socket:[${inode}]`))
    .length;
}

async function kill(primary: Primary, slot: number): Promise<void> {
  const victim = primary.snapshot().workers.find((worker) => worker.slot === slot);
  assert.ok(victim?.pid !== undefined);
  process.kill(victim.pid, 'SIGKILL');
  for (;;) {
    const [worker] = (await once(primary, 'worker')) as [WorkerInfo];
    if (worker.slot === slot && worker.state === 'ready') return;
  }
}

for (const handoff of ['connections', 'listeners'] as const satisfies Handoff[]) {
  for (const isRemovedFirst of [true, false]) {
    const when = isRemovedFirst ? 'before' : 'after';
    test(`${handoff}: a relative path is the same listener in the next release, the old one deleted ${when} the reload`, async (t) => {
      const deployment = new Deployment(t, folder);
      const primary = await start(t, deployment, { handoff });
      const link = socketIn(deployment.current);
      assert.equal((await askRelease(link)).release, 7);
      for (const release of [8, 9, 10]) {
        const before = deployment.directory(release - 1);
        deployment.add(release, folder);
        deployment.point(release);
        if (isRemovedFirst) deployment.remove(release - 1);
        await primary.reload();
        if (!isRemovedFirst) {
          assert.ok(!existsSync(socketIn(before).socketPath), 'the file that nobody needs is gone');
          deployment.remove(release - 1);
        }
        for (let i = 0; i < 10; i++) assert.equal((await askRelease(link)).release, release);
      }
      const { addresses } = primary;
      const [only] = addresses;
      assert.deepEqual([addresses.length, only?.label, only?.address], [1, link.socketPath, link.socketPath]);
      await until(() => listening() === 1, 'no socket is left of the releases before');
      await primary.stop();
      assert.ok(!existsSync(link.socketPath));
    });
  }

  test(`${handoff}: as long as a reload has not been done, both paths are served`, async (t) => {
    const deployment = new Deployment(t, folder);
    const primary = await start(t, deployment, { handoff, probationMs: 500 });
    const [link, seven, eight] = [deployment.current, deployment.directory(7), deployment.directory(8)].map(
      socketIn,
    );
    assert.ok(link && seven && eight);
    const listens = "require('node:http').createServer().listen('run/app.sock', () => process.exit(3));";
    deployment.add(8, { ...folder, 'app.cjs': listens });
    deployment.point(8);
    await assert.rejects(primary.reload(), /ended with code 3/);
    for (const target of [link, seven, eight]) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => askRelease(target)));
      assert.ok(
        answers.every(({ release }) => release === 7),
        target.socketPath,
      );
    }
    deployment.point(7);
    assert.equal((await askRelease(link)).release, 7);
    await kill(primary, 0);
    await primary.reload();
    assert.equal((await askRelease(link)).release, 7);
    assert.ok(!existsSync(eight.socketPath));
    deployment.remove(8);
    assert.equal((await askRelease(seven)).release, 7);
  });

  test(`${handoff}: a worker that crashes before the reload goes on, though the next release has no place for the path`, async (t) => {
    const deployment = new Deployment(t, folder);
    const primary = await start(t, deployment, { handoff });
    deployment.add(8);
    deployment.point(8);
    await kill(primary, 0);
    await kill(primary, 1);
    assert.equal((await askRelease(socketIn(deployment.directory(7)))).release, 7);
    // As the first start of such a release would.
    await assert.rejects(primary.reload(), /EACCES.*run\/app\.sock/s);
  });

  test(`${handoff}: where another has put its socket, the release is refused`, async (t) => {
    const deployment = new Deployment(t, folder);
    const primary = await start(t, deployment, { handoff });
    deployment.add(8, folder);
    const other = net.createServer().listen(socketIn(deployment.directory(8)).socketPath);
    await once(other, 'listening');
    deployment.point(8);
    await assert.rejects(primary.reload(), /EADDRINUSE.*run\/app\.sock/s);
    await kill(primary, 0);
    other.close();
    await once(other, 'close');
    assert.equal((await askRelease(socketIn(deployment.directory(7)))).release, 7);
  });

  test(`${handoff}: an app that removes what is left of its path before it listens is reachable`, async (t) => {
    const socketPath = path.join(temporaryDirectory(t), 'app.sock');
    const primary = await startPrimary(t, {
      app: app('unlinks-and-listens.cjs'),
      env: { ...process.env, SOCKET_PATH: socketPath },
      handoff,
      workers: 3,
      probationMs: 0,
    });
    const reach = async (): Promise<void> => void (await askMany(60, 6, () => ask({ socketPath })));
    await reach();
    await primary.reload();
    await reach();
    await kill(primary, 1);
    await reach();
    rmSync(socketPath);
    await primary.reload();
    await reach();
    // In listener handoff, each worker may have one that nobody finds any more.
    const most = handoff === 'connections' ? 1 : 3;
    await until(() => listening() <= most, 'none is left of those before');
    assert.equal(primary.addresses.length, 1);
  });
}

test('a path that is too long for a socket is bound all the same', async (t) => {
  const long = path.join('run', 'x'.repeat(100));
  const deployment = new Deployment(t, { [`${long}/none`]: '' });
  const socket = path.join(long, 'app.sock');
  const primary = await start(t, deployment, { env: { ...process.env, SOCKET: socket } });
  deployment.add(8, { [`${long}/none`]: '' });
  deployment.point(8);
  deployment.remove(7);
  await primary.reload();
  const before = process.cwd();
  process.chdir(path.join(deployment.current, long));
  t.after(() => process.chdir(before));
  assert.equal((await askRelease({ socketPath: 'app.sock' })).release, 8);
  await primary.stop();
  assert.ok(!existsSync('app.sock'));
});
