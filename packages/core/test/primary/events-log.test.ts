import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { WorkerInfo, WorkerState } from '#core/metrics/snapshot.js';
import { EventsLog } from '#core/primary/events-log.js';
import type { PrimaryEvents } from '#core/primary/primary-events.js';

function watched(): { primary: EventEmitter<PrimaryEvents>; told: () => (string | undefined)[] } {
  const primary = new EventEmitter<PrimaryEvents>();
  const log = new EventsLog(primary);
  return { primary, told: () => log.all().map(({ kind, slot, text }) => `${kind} ${slot ?? '-'} ${text}`) };
}

function worker(state: WorkerState, details: Partial<WorkerInfo> = {}): WorkerInfo {
  return { id: 1, slot: 0, generation: 1, pid: 77, state, restarts: 0, ...details };
}

test('a crash is told with its end and the first line of what was thrown, a restart with its pid', () => {
  const { primary, told } = watched();
  primary.emit('worker', worker('starting'), {});
  primary.emit('worker', worker('ready'), {});
  primary.emit('worker', worker('crashed'), { exit: { code: null, signal: 'SIGKILL' } });
  primary.emit('worker', worker('starting', { pid: 78, restarts: 1 }), {});
  const failure = 'Error: no room\n    at app.js:1:1';
  primary.emit('worker', worker('crashed', { pid: 78, restarts: 1 }), {
    exit: { code: 1, signal: null },
    failure,
  });
  primary.emit('worker', worker('crashed', { pid: undefined }), { error: new Error('spawn EAGAIN') });
  assert.deepEqual(told(), [
    'crash 0 pid 77 ended by SIGKILL',
    'restart 0 pid 78 was started',
    'crash 0 pid 78 ended with code 1: Error: no room',
    'crash 0 could not be started: spawn EAGAIN',
  ]);
});

test('a worker that a reload starts in a slot with a past is no restart', () => {
  const { primary, told } = watched();
  primary.emit('worker', worker('starting', { restarts: 1 }), {});
  primary.emit('worker', worker('starting', { restarts: 1, generation: 2, pid: 78 }), {});
  primary.emit('worker', worker('stopped', { restarts: 1 }), {});
  assert.deepEqual(told(), ['restart 0 pid 77 was started']);
});

test('reloads: begun, done, failed with the reason', () => {
  const { primary, told } = watched();
  primary.emit('reload', { state: 'running', generation: 2, startedAt: 1_000 });
  primary.emit('reload', { state: 'done', generation: 2, startedAt: 1_000, endedAt: 5_250 });
  const message = 'slot 0 ended with code 1';
  primary.emit('reload', { state: 'failed', generation: 3, startedAt: 9_000, endedAt: 9_001, message });
  assert.deepEqual(told(), [
    'reload-started - to generation 2',
    'reload-done - to generation 2, in 4.3 s',
    `reload-failed - ${message}`,
  ]);
});

test('workers that are slow, and those that are too large or too old', () => {
  const { primary, told } = watched();
  primary.emit('slow', worker('starting'), { listeners: [], waiting: 0 });
  primary.emit('recycle', worker('ready'), 'maxMemory', undefined);
  primary.emit('recycle', worker('ready'), 'maxAge', new Error('its successor ended'));
  assert.deepEqual(told(), [
    'slow 0 pid 77 is not ready yet',
    'recycled 0 pid 77 has grown too large, and was replaced',
    'recycle-failed 0 pid 77 is too old, and stays: its successor ended',
  ]);
});

test('the last 50 are kept, none of them without end', () => {
  const primary = new EventEmitter<PrimaryEvents>();
  const log = new EventsLog(primary);
  for (let generation = 1; generation <= 60; generation++)
    primary.emit('reload', {
      state: 'failed',
      generation,
      startedAt: 0,
      endedAt: 0,
      message: 'x'.repeat(5_000),
    });
  const events = log.all();
  assert.deepEqual([events.length, events[0]?.generation, events.at(-1)?.generation], [50, 11, 60]);
  assert.ok(events.every(({ text, at }) => text.length === 1_000 && at > 0));
});
