// The classic test of this technique: 64 clients that connect, ask a few times and close, while each of 8 workers is
// replaced every few seconds.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import type { WorkerInfo } from '@baton/core';
import type { Answer } from './client.js';
import { app, openFds, portOf, startPrimary, until } from './harness.js';

const clients = 64;
const workers = 8;
const durationMs = 20_000;
const replaceEveryMs = 400; // one of eight: each worker lives some 3 seconds
const patienceMs = 5_000;

type Outcome = 'answered' | 'failed' | 'hung';

function ask(agent: http.Agent, port: number, path: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', path, agent, timeout: patienceMs }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', () => resolve('failed'));
      response.on('end', () => {
        try {
          assert.equal(response.statusCode, 200);
          assert.equal((JSON.parse(text) as Answer).path, path, 'the answer to another request');
          resolve('answered');
        } catch (error) {
          reject(error);
        }
      });
    });
    request.on('timeout', () => {
      resolve('hung');
      request.destroy();
    });
    request.on('error', () => resolve('failed'));
  });
}

test(`${clients} clients for ${durationMs / 1000} s over ${workers} workers that are replaced all the time`, async (t) => {
  const primary = await startPrimary(t, {
    app: app('http.cjs'),
    workers,
    stallAfterMs: 20, // the default
    minUptimeMs: 0, // none is to wait, however often it is killed
    probationMs: 0,
    env: { ...process.env, HOST: '127.0.0.1' },
  });
  const port = portOf(primary);
  const outcomes: Record<Outcome, number> = { answered: 0, failed: 0, hung: 0 };
  const end = performance.now() + durationMs;
  const running = (): boolean => performance.now() < end;

  // What the processes have open while nobody asks: one worker is as any other.
  const ownFds = openFds().size;
  const pids = (): number[] => primary.snapshot().workers.map(({ pid }) => pid ?? assert.fail('no process'));
  const [workerFds] = pids().map((pid) => openFds(pid).size);

  const client = async (id: number): Promise<void> => {
    for (let connection = 0; running(); connection++) {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      const requests = 1 + ((id + connection) % 4);
      for (let i = 0; i < requests && running(); i++)
        outcomes[await ask(agent, port, `/${id}/${connection}/${i}`)] += 1;
      agent.destroy();
    }
  };
  let replaced = 0;
  const replacing = setInterval(() => {
    const isNext = ({ slot, state }: WorkerInfo): boolean => slot === replaced % workers && state === 'ready';
    const worker = primary.snapshot().workers.find(isNext);
    if (worker?.pid !== undefined) process.kill(worker.pid, replaced % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
    replaced += 1;
  }, replaceEveryMs);
  await Promise.all(Array.from({ length: clients }, (_, id) => client(id)));
  clearInterval(replacing);

  t.diagnostic(`${JSON.stringify(outcomes)}, ${replaced} workers replaced`);
  assert.equal(outcomes.hung, 0);
  assert.ok(outcomes.answered > 1000);
  // A client has one request under way at a time, and a worker its share of them, or some more while others are away.
  const most = 1.5 * replaced * (clients / workers);
  assert.ok(
    outcomes.failed < most,
    `only requests of ended workers fail: ${outcomes.failed} of at most ${most}`,
  );

  await until(
    () => primary.snapshot().workers.every(({ state }) => state === 'ready'),
    'all workers are up again',
  );
  await until(
    () => primary.snapshot().slots.every(({ connections }) => connections === 0),
    'all connections are closed',
  );
  await until(() => openFds().size === ownFds, `the primary has its ${ownFds} fds`);
  const { listeners, slots, dropped, counts } = primary.snapshot();
  // Those that were recovered, or given back since a worker had more than its share, were claimed again.
  const again = slots.reduce((sum, slot) => sum + slot.recovered + slot.givenBack, 0);
  const claimed = slots.reduce((sum, slot) => sum + slot.claimed, 0);
  assert.equal(
    claimed - again + dropped.workersDied,
    listeners[0]?.accepted,
    'every accepted connection was delivered once',
  );
  for (const { slot, restarts } of counts)
    assert.ok(
      restarts.crash + restarts.signal >= 3,
      `worker ${slot} was replaced: ${JSON.stringify(restarts)}`,
    );
  // A duplicate of a connection that was closed is kept until the primary has let go of its own.
  for (const pid of pids())
    await until(() => openFds(pid).size === workerFds, `worker ${pid} has its ${workerFds} fds`);
});
