// What is published by node:diagnostics_channel.
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import type { ReloadStatus, WorkerStateChange } from '@baton/core';
import { app, startCommand, startPrimary } from './harness.js';
import { KeepAliveClient, nothingSeen } from './keep-alive.js';

test('a primary publishes the states of workers, and reloads', async (t) => {
  const seen: unknown[] = [];
  const onWorker = (message: unknown): void => {
    const { worker, exit } = message as WorkerStateChange;
    seen.push([worker.generation, worker.state, exit?.signal]);
  };
  const onReload = (message: unknown): void => {
    const { state, generation } = message as ReloadStatus;
    seen.push([generation, `reload ${state}`]);
  };
  subscribe('baton.worker.state', onWorker);
  subscribe('baton.reload.start', onReload);
  subscribe('baton.reload.end', onReload);
  t.after(() => {
    unsubscribe('baton.worker.state', onWorker);
    unsubscribe('baton.reload.start', onReload);
    unsubscribe('baton.reload.end', onReload);
  });
  const primary = await startPrimary(t, { app: app('http.cjs'), workers: 1, probationMs: 0 });
  await primary.reload();
  assert.deepEqual(seen, [
    [1, 'starting', undefined],
    [1, 'ready', undefined],
    [2, 'reload running'],
    [2, 'starting', undefined],
    [2, 'ready', undefined],
    [1, 'draining', undefined],
    [1, 'stopped', null], // by no signal
    [2, 'reload done'],
  ]);
});

test('a worker publishes what it claims, and what it gives back', async (t) => {
  const command = startCommand(t, ['-w', '1', '--no-metrics', '--probation', '0', app('diagnostics.cjs')]);
  const [, port = ''] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  const client = new KeepAliveClient({ port, host: '127.0.0.1' }, nothingSeen());
  t.after(() => client.close());
  await client.ask();
  await command.seen(/^\["baton\.handoff\.claimed",\{"listener":1,"keptAlive":false\}\]$/m, 'stdout');
  command.process.kill('SIGHUP');
  await command.seen(/^\["baton\.handoff\.given_back",\{"listener":1\}\]$/m, 'stdout');
  await command.seen(/^\["baton\.handoff\.claimed",\{"listener":1,"keptAlive":true\}\]$/m, 'stdout');
});
