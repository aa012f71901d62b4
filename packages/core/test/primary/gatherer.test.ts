import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatherOrder } from '#core/channel/messages.js';
import { encodeValues } from '#core/channel/metric-messages.js';
import { Gatherer } from '#core/primary/gatherer.js';
import type { WorkerHandle } from '#core/primary/worker-handle.js';

/** A worker with a counter, and with what it is told. */
class Teller {
  readonly orders: GatherOrder[] = [];
  readonly #gatherer: Gatherer;
  readonly #handle: WorkerHandle;

  constructor(gatherer: Gatherer, id: number) {
    this.#gatherer = gatherer;
    const tell = (order: GatherOrder): void => void this.orders.push(order);
    this.#handle = { id, slot: id, tell } as unknown as WorkerHandle;
    const families = [{ name: 'a_total', help: 'x', type: 'counter', aggregator: 'sum' }];
    this.#gatherer.onMessage(this.#handle, { type: 'metric-families', first: 0, families });
    const series = [{ family: 0, labels: {} }];
    this.#gatherer.onMessage(this.#handle, { type: 'metric-series', first: 0, series });
  }

  tell(value: number): void {
    const values = encodeValues(Float64Array.from([value]));
    this.#gatherer.onMessage(this.#handle, { type: 'metric-values', first: 0, values });
    const { gather = 0 } = this.orders.at(-1) ?? {};
    this.#gatherer.onMessage(this.#handle, { type: 'metrics-told', gather });
  }
}

test('whoever asks later shares what is gathered, and waits no longer than it can', async () => {
  const gatherer = new Gatherer(3_600_000, () => {});
  const worker = new Teller(gatherer, 0);
  worker.tell(1);
  const first = gatherer.gather();
  const hurried = await gatherer.gather(10);
  assert.equal(hurried[0]?.values[0]?.value, 1, 'as it was told last');
  const third = gatherer.gather();
  worker.tell(2);
  assert.equal((await first)[0]?.values[0]?.value, 2);
  assert.equal(await third, await first);
  assert.equal(worker.orders.length, 1);
  assert.equal(gatherer.timeouts(0), 0);
});

test('a worker hears how long its answer is waited for', async () => {
  const gatherer = new Gatherer(60_000, () => {});
  const worker = new Teller(gatherer, 0);
  const gathered = gatherer.gather(50);
  const [order] = worker.orders;
  assert.ok(order && order.withinMs <= 50 && order.withinMs > 0);
  assert.equal(order.isAnew, false);
  await gathered;
  assert.equal(gatherer.timeouts(0), 1);
});
