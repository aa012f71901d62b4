// Every connection is counted once, whatever happens to workers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askWhile, httpRequest } from './client.js';
import { app, portOf, startPrimary, until } from './harness.js';

test('through 10 kills and 5 reloads, the claimed handoffs are the connections that clients opened', async (t) => {
  const primary = await startPrimary(t, {
    app: app('http.cjs'),
    workers: 4,
    probationMs: 0,
    metrics: { port: 0 },
    env: { ...process.env, HOST: '127.0.0.1' },
  });
  const areReady = (): boolean => primary.snapshot().workers.every(({ state }) => state === 'ready');
  const outcomes = await askWhile(portOf(primary), 16, async () => {
    for (let i = 0; i < 5; i++) {
      await primary.reload();
      for (const slot of [i % 4, (i + 1) % 4]) {
        const { pid = 0, restarts = 0 } = primary.snapshot().workers[slot] ?? {};
        process.kill(pid, 'SIGKILL');
        const isAgain = (): boolean => (primary.snapshot().workers[slot]?.restarts ?? 0) > restarts;
        await until(() => isAgain() && areReady(), 'all are ready again');
      }
    }
  });
  const opened = outcomes.answered + Object.values(outcomes.failed).reduce((sum, count) => sum + count, 0);
  t.diagnostic(JSON.stringify(outcomes));
  assert.equal(outcomes.hung, 0);
  assert.ok(outcomes.answered > 500);
  const { text } = await httpRequest(String(primary.metricsUrl));
  const claimed = [
    ...text.matchAll(/^baton_handoffs_total\{worker="\d",kind="connection",result="claimed"\} (\d+)$/gm),
  ];
  assert.equal(claimed.length, 4);
  assert.equal(
    claimed.reduce((sum, [, count]) => sum + Number(count), 0),
    opened,
  );
  assert.match(text, /^baton_reloads_total\{result="done"\} 5$/m);
});
