import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { WorkerLines } from '#core/cli/worker-lines.js';

function make(t: TestContext): { lines: WorkerLines; printed: string[] } {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const printed: string[] = [];
  return { lines: new WorkerLines((line) => printed.push(line)), printed };
}

test('a line is told soon, with the worker and what is its own', (t) => {
  const { lines, printed } = make(t);
  lines.tell({ slot: 3, pid: 77 }, 'ended by SIGKILL');
  lines.tell({ slot: 3 }, 'started again', ', pid 78');
  mock.timers.tick(99);
  assert.deepEqual(printed, []);
  mock.timers.tick(1);
  assert.deepEqual(printed, ['worker 3 (pid 77) ended by SIGKILL', 'worker 3 started again, pid 78']);
});

test('the same of several workers is told once, with their slots and how many they are', (t) => {
  const { lines, printed } = make(t);
  for (const slot of [6, 0, 2, 1, 4]) {
    lines.tell({ slot, pid: 100 + slot }, 'ended with code 1');
    lines.tell({ slot }, 'started again', `, pid ${200 + slot}`);
  }
  lines.tell({ slot: 5, pid: 105 }, 'ended with code 2');
  lines.flush();
  assert.deepEqual(printed, [
    'workers 0-2, 4, 6 ended with code 1 (×5)',
    'workers 0-2, 4, 6 started again (×5)',
    'worker 5 (pid 105) ended with code 2',
  ]);
});

test('what is told of a slot keeps its order', (t) => {
  const { lines, printed } = make(t);
  const crash = (slot: number): void => lines.tell({ slot, pid: 1 }, 'ended');
  const restart = (slot: number): void => lines.tell({ slot }, 'started again');
  crash(0);
  restart(0);
  crash(0);
  crash(1);
  restart(1);
  restart(0);
  lines.flush();
  assert.deepEqual(printed, [
    'workers 0-1 ended (×2)',
    'workers 0-1 started again (×2)',
    'worker 0 (pid 1) ended',
    'worker 0 started again',
  ]);
});

test('each that joins a line gives the others the same time once more', (t) => {
  const { lines, printed } = make(t);
  lines.tell({ slot: 0 }, 'ended');
  mock.timers.tick(90);
  lines.tell({ slot: 1 }, 'ended');
  mock.timers.tick(90);
  // Another line does not.
  lines.tell({ slot: 2 }, 'started again');
  mock.timers.tick(10);
  assert.deepEqual(printed, ['workers 0-1 ended (×2)', 'worker 2 started again']);
});

test('a line that was told is not told again with the next', (t) => {
  const { lines, printed } = make(t);
  lines.tell({ slot: 0 }, 'ended');
  lines.flush();
  lines.tell({ slot: 1 }, 'ended');
  lines.flush();
  lines.flush();
  assert.deepEqual(printed, ['worker 0 ended', 'worker 1 ended']);
});

test('a text may be worded otherwise for several workers', (t) => {
  const { lines, printed } = make(t);
  const what = { one: 'has not listened', many: 'have not listened' };
  lines.tell({ slot: 0, pid: 7 }, what);
  lines.flush();
  for (const slot of [0, 1]) lines.tell({ slot, pid: 7 }, what);
  lines.flush();
  assert.deepEqual(printed, ['worker 0 (pid 7) has not listened', 'workers 0-1 have not listened (×2)']);
});
