// Workers of a primary that is killed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ask, httpRequest } from './client.js';
import { app, isAlive, startCommand, until } from './harness.js';

for (const handoff of ['connections', 'listeners']) {
  test(`${handoff}: a worker that is blocked when the primary is killed is killed, and one that turns finishes its request`, async (t) => {
    const command = startCommand(t, [
      '--workers',
      '2',
      '--handoff',
      handoff,
      '--policy',
      'round-robin',
      '--stop-timeout',
      '1s',
      '--metrics',
      '127.0.0.1:0',
      app('blocks-or-waits.cjs'),
    ]);
    const [, admin] = await command.seen(/metrics +(http\S+)\/metrics/);
    const [, port] = await command.seen(/listening .*:(\d+)/);
    assert.ok(admin !== undefined && port !== undefined);
    const { workers } = JSON.parse((await httpRequest(`${admin}/status`)).text) as {
      workers: { pid: number }[];
    };
    const pids = workers.map(({ pid }) => pid);
    const target = { port: Number(port), host: '127.0.0.1' };
    const waits = ask({ ...target, path: '/wait/3000' });
    const waiting = await command.seen(/waits (\d+)/, 'stdout');
    const [one, other] = pids;
    const blocked = Number(waiting[1]) === one ? other : one;
    assert.ok(blocked !== undefined);
    // Which worker gets a connection, in listener handoff the kernel says.
    while (!command.stdout.includes(`blocks ${blocked}`)) {
      const asked = ask({ ...target, path: `/block/${blocked}` });
      asked.catch(() => {});
      await Promise.race([command.seen(new RegExp(`blocks ${blocked}`), 'stdout'), asked]);
    }
    command.process.kill('SIGKILL');
    // Its output ends with that of its workers.
    await once(command.process, 'exit');
    try {
      await until(() => !isAlive(blocked), 'the blocked worker has ended', 5_000);
    } finally {
      if (isAlive(blocked)) process.kill(blocked, 'SIGKILL');
    }
    assert.equal((await waits).path, '/wait/3000');
  });
}
