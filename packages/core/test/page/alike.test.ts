import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusEvent } from '#core/status.js';
import { joinAlike } from './page-modules.js';

let at = 0;

function event(kind: StatusEvent['kind'], text: string, slot?: number): StatusEvent {
  at += 1;
  return { at, kind, text, ...(slot !== undefined && { slot }) };
}

const crash = (slot: number, pid: number): StatusEvent => event('crash', `pid ${pid} ended by SIGSEGV`, slot);
const restart = (slot: number, pid: number): StatusEvent => event('restart', `pid ${pid} was started`, slot);

function join(events: StatusEvent[]): string[] {
  return joinAlike(events).map(({ event: { kind, slot, text }, count }) => {
    return `${kind} ${slot ?? ''} ${text} ×${count}`;
  });
}

test('crashes and restarts of slots that crash again and again are told once, as of the last', () => {
  assert.deepEqual(
    join([crash(0, 1), crash(1, 2), restart(0, 3), crash(0, 3), restart(1, 4), restart(0, 5), crash(0, 5)]),
    [
      'crash 0 pid 5 ended by SIGSEGV ×3',
      'restart 0 pid 5 was started ×2',
      'restart 1 pid 4 was started ×1',
      'crash 1 pid 2 ended by SIGSEGV ×1',
    ],
  );
});

test('another end is another line, and what came between ends a row', () => {
  const events = [
    crash(0, 1),
    event('crash', 'pid 2 ended with exit code 1', 0),
    event('reload-started', 'to generation 2'),
    event('reload-done', 'to generation 2, in 1.2 s'),
    crash(0, 3),
  ];
  assert.equal(join(events).length, 5);
});

test('the same in a row is one line, with since when', () => {
  const failed = (seconds: string): StatusEvent => event('slow', `pid 7 is not ready, after ${seconds} s`, 2);
  const [first, ...others] = [failed('10.1'), failed('10.3'), failed('10.2')];
  assert.ok(first);
  assert.deepEqual(
    joinAlike([first, ...others]).map(({ count, since }) => [count, since]),
    [[3, first.at]],
  );
});
