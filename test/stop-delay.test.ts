// How long a service that stops is still served.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, httpRequest } from './client.js';
import { connectOne, handoffs, notes, startDrainable, underWay } from './draining.js';
import { portOf, until } from './harness.js';

const host = '127.0.0.1';

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: an app that closes its server later is served until then`, async (t) => {
    const { env, of } = notes(t);
    const options = { handoff, env, workers: 2, metrics: { port: 0 } };
    const primary = await startDrainable(t, 'serves-on.cjs', options);
    const pids = primary.snapshot().workers.map(({ pid }) => pid!);
    const port = portOf(primary);
    const readyz = `${primary.metricsUrl!.replace('/metrics', '')}/readyz`;
    const stopped = primary.stop();
    await until(async () => (await httpRequest(readyz)).status === 503, 'it is not ready');
    const over = new AbortController();
    void stopped.then(() => over.abort());
    const failures: number[] = [];
    let answered = 0;
    while (!over.signal.aborted) {
      const begunAt = Date.now();
      await ask({ port, host }).then(
        () => (answered += 1),
        () => failures.push(begunAt),
      );
    }
    const closedAt = Math.min(...pids.flatMap(of).map(Number));
    assert.ok(answered > 20, `${answered} answered`);
    // One that comes with the close may come too late, as it may alone.
    assert.deepEqual(
      failures.filter((at) => at < closedAt - 20),
      [],
    );
  });

  test(`handoff of ${handoff}: an app that does not listen takes nothing new`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    const port = portOf(primary);
    const busy = await connectOne(primary);
    busy.send('POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n');
    await underWay(primary, 1);
    const stopped = primary.stop();
    const isRefused = async (): Promise<boolean> =>
      (await ask({ port, host }).catch(() => 'refused')) === 'refused';
    await until(isRefused, 'new connections are refused', 2_000);
    busy.send('body');
    assert.equal((await busy.answer()).path, '/body');
    await stopped;
  });

  test(`handoff of ${handoff}: a worker that drains already has no say in when nothing new is taken`, async (t) => {
    const primary = await startDrainable(t, 'closes-first.cjs', { handoff });
    const port = portOf(primary);
    const busy = await connectOne(primary);
    busy.send('POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n');
    await underWay(primary, 1);
    const reloaded = assert.rejects(primary.reload(), { code: 'BATON_STOPPED' });
    const isDraining = (): boolean => primary.snapshot().workers.some(({ state }) => state === 'draining');
    await until(isDraining, 'the old worker drains');
    let isOver = false;
    const stopped = primary.stop().then(() => (isOver = true));
    const isRefused = async (): Promise<boolean> =>
      (await ask({ port, host }).catch(({ code }: NodeJS.ErrnoException) => code)) === 'ECONNREFUSED';
    await until(isRefused, 'new connections are refused', 2_000);
    assert.equal(isOver, false);
    busy.send('body');
    assert.equal((await busy.answer()).path, '/body');
    await Promise.all([reloaded, stopped]);
  });

  test(`handoff of ${handoff}: after a long delay, requests have what is left of the time`, async (t) => {
    const options = { handoff, stopDelayMs: 1_500, stopTimeoutMs: 2_000 };
    const primary = await startDrainable(t, 'drains.cjs', options);
    const client = await connectOne(primary);
    const answer = client.ask('/when-draining');
    await underWay(primary, 1);
    await primary.stop();
    assert.equal((await answer).path, '/when-draining');
  });

  test(`handoff of ${handoff}: with a delay, an app that does not listen is served until that is over`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff, stopDelayMs: 500 });
    const port = portOf(primary);
    const startedAt = performance.now();
    const stopped = primary.stop();
    while (performance.now() < startedAt + 400) assert.equal((await ask({ port, host })).path, '/');
    await stopped;
    assert.ok(performance.now() >= startedAt + 500);
  });
}
