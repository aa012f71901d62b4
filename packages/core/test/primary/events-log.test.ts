import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { WorkerInfo, WorkerState } from '#core/metrics/snapshot.js';
import { EventsLog } from '#core/primary/events-log.js';
import type { PrimaryEvents } from '#core/primary/primary-events.js';

function watched(): { primary: EventEmitter<PrimaryEvents>; told: () => (string | undefined)[] } {
  const primary = new EventEmitter<PrimaryEvents>();
  const log = new EventsLog(primary);
  return { primary, told: () => log.last().map(({ kind, slot, text }) => `${kind} ${slot ?? '-'} ${text}`) };
}

function worker(state: WorkerState, details: Partial<WorkerInfo> = {}): WorkerInfo {
  return { id: 1, slot: 0, generation: 1, directory: '/srv/shop', pid: 77, state, restarts: 0, ...details };
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
    'recycled 0 pid 77 uses more than --max-memory, and was replaced',
    'recycle-failed 0 pid 77 is older than --max-age, and keeps running: its successor ended',
  ]);
});

test('the status has the last 50, none of them without end', () => {
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
  const events = log.last();
  assert.deepEqual([events.length, events[0]?.generation, events.at(-1)?.generation], [50, 11, 60]);
  assert.ok(events.every(({ text, at }) => text.length === 1_000 && at > 0));
  const report = log.report();
  assert.deepEqual([report.events.length, report.dropped], [60, {}]);
});

test('a worker that a reload puts in the place of another is told as that, and no restart', () => {
  const { primary, told } = watched();
  const next = worker('starting', { generation: 2, pid: 78, restarts: 1 });
  // The slot's worker has crashed, and another could not be started yet.
  primary.emit('worker', next, { isReplacement: true });
  primary.emit('replaced', { ...next, state: 'ready' }, worker('ready'), 'reload');
  primary.emit('replaced', worker('ready', { pid: 79 }), { ...next, state: 'ready' }, 'maxAge');
  primary.emit('worker', worker('starting', { pid: 80, restarts: 1 }), {});
  assert.deepEqual(told(), ['replaced 0 pid 78 took over from pid 77', 'restart 0 pid 80 was started']);
});

test('no pid is told of a worker that has none', () => {
  const { primary, told } = watched();
  const none = { pid: undefined, restarts: 1 };
  primary.emit('worker', worker('starting', none), {});
  primary.emit('worker', worker('crashed', none), { error: new Error('spawn EAGAIN') });
  primary.emit('worker', worker('crashed', none), {});
  primary.emit('slow', worker('starting', none), { listeners: [], waiting: 0 });
  primary.emit('recycle', worker('ready', none), 'maxAge', undefined);
  primary.emit('replaced', worker('ready'), worker('crashed', none), 'reload');
  assert.equal(told().length, 5);
  assert.doesNotMatch(told().join('\n'), /undefined/);
});

test('what was cut off, ends that were not as told, deadlines, and who asked for the end', () => {
  const { primary, told } = watched();
  primary.emit('cutOff', worker('draining'), { connections: 4, kinds: { upgraded: 1, requests: 3 } });
  const end = (code: number | null, signal: NodeJS.Signals | null): void =>
    void primary.emit('worker', worker('stopped'), { exit: { code, signal } });
  end(0, null);
  end(null, 'SIGTERM');
  end(143, null);
  end(3, null);
  end(null, 'SIGSEGV');
  const exit = { code: null, signal: 'SIGKILL' } as const;
  primary.emit('worker', worker('stopped'), { exit, deadline: { of: 'drain', afterMs: 40_000 } });
  primary.emit('worker', worker('stopped'), { exit, deadline: { of: 'stop', afterMs: 10_000 } });
  primary.emit('worker', worker('crashed'), { exit, deadline: { of: 'ready', afterMs: 1_500 } });
  primary.emit('command', { command: 'reload', pid: 4_711, uid: 1_000 });
  primary.emit('command', { command: 'stop', pid: 4_711, uid: 1_000 });
  assert.deepEqual(told(), [
    'cut-off 0 pid 77 closed 4 connections (3 with an HTTP/1 request in progress, 1 upgraded, such as WebSockets) at the end of --drain-timeout',
    'bad-exit 0 pid 77 ended with code 3',
    'bad-exit 0 pid 77 ended by SIGSEGV',
    'bad-exit 0 pid 77 ended by SIGKILL: it did not finish its requests and end within 40 s (--drain-timeout and --stop-timeout)',
    'bad-exit 0 pid 77 ended by SIGKILL: it did not stop within 10 s (--stop-timeout)',
    'crash 0 pid 77 ended by SIGKILL: it was not ready within 1.5 s (--ready-timeout)',
    'stop - requested by process 4711 (uid 1000) over the control socket',
  ]);
});
