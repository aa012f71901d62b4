// What all examples of HTTP have to stand, while clients ask: some on connections that they keep, some on a new one for each request.
import assert from 'node:assert/strict';
import { askWhile } from '../client.js';
import { until } from '../harness.js';
import { keepAskingWhile } from '../keep-alive.js';
import type { Example } from './example.js';

/** Of each kind. */
const clients = 4;

/** Runs the README's command that reloads the workers. No client may notice. What the command wrote. */
export async function reloadUnderLoad(example: Example, command: string): Promise<string> {
  let said = '';
  const opening = await askWhile(example.port, clients, async () => {
    const kept = await keepAskingWhile(example.target, clients, async () => {
      said = await example.run(command);
    });
    assert.deepEqual({ failed: kept.failed, reconnected: kept.reconnected }, { failed: {}, reconnected: 0 });
    assert.ok(kept.answered > clients);
  });
  assert.deepEqual({ failed: opening.failed, hung: opening.hung }, { failed: {}, hung: 0 });
  assert.ok(opening.answered > clients);
  assert.match(said, /^reloaded 2 workers to generation 2 in /m);
  return said;
}

/** Runs the README's command that kills a worker, and waits for its successor. Each client may lose the one request that it had there. */
export async function killUnderLoad(example: Example, command: string, victim: number): Promise<void> {
  const before = await example.pids();
  const opening = await askWhile(example.port, clients, async () => {
    const kept = await keepAskingWhile(example.target, clients, async () => {
      await example.run(command, victim);
      await until(
        async () => (await example.pids()).filter((pid) => !before.includes(pid)).length === 1,
        'another is ready',
      );
    });
    assert.ok(sum(Object.values(kept.failed)) <= clients, JSON.stringify(kept.failed));
    assert.ok(kept.answered > clients);
  });
  assert.ok(sum(Object.values(opening.failed)) <= clients, JSON.stringify(opening.failed));
  assert.equal(opening.hung, 0);
  assert.ok(opening.answered > clients);
}

export function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
