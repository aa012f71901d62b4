import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Counter, Gauge, Histogram, Registry, type RegistryContentType } from 'prom-client';
import { parseWorkerMessage } from '#core/channel/messages.js';
import type { MetricsMessage, MetricsToldNotice } from '#core/channel/metric-messages.js';
import { AppMetrics, type MetricObject } from '#core/metrics/app-metrics.js';
import { expose as write } from '#core/metrics/exposition.js';
import { ExposedMetrics } from '#core/worker/exposed-metrics.js';
import type { MetricsRegistry } from '#core/worker/metrics-registry.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A worker with one registry, and what the primary knows of it, by way of JSON. */
function expose(read: () => object[]): { metrics: AppMetrics; tell: () => Promise<void> } {
  const metrics = new AppMetrics();
  const exposed = new ExposedMetrics(
    (message) => metrics.take(1, JSON.parse(JSON.stringify(message)) as MetricsMessage),
    60_000,
  );
  exposed.add({ getMetricsAsJSON: () => Promise.resolve(read()) });
  return { metrics, tell: () => exposed.tell() };
}

test('an app may have other series all the time, as long as it has few at a time', async () => {
  let round = 0;
  const { metrics, tell } = expose(() => [
    { name: 'always_total', help: 'x', type: 'counter', values: [{ value: round, labels: {} }] },
    {
      name: 'pool',
      help: 'x',
      type: 'gauge',
      values: Array.from({ length: 1_000 }, (_, at) => ({ value: at, labels: { at: `${round} ${at}` } })),
    },
  ]);
  for (round = 1; round <= 50; round++) {
    await tell();
    const [always, pool] = metrics.read();
    assert.deepEqual(always?.values, [{ value: round, labels: {} }]);
    assert.equal(pool?.values.length, 1_000);
  }
  assert.equal(metrics.refused.limit, 0);
});

test('what is too much is left out, and counted', async () => {
  const { metrics, tell } = expose(() =>
    Array.from({ length: 3_000 }, (_, at) => ({
      name: `a${at}`,
      help: 'x',
      type: 'counter',
      values: Array.from({ length: 10 }, (_, label) => ({ value: 1, labels: { label } })),
    })),
  );
  await tell();
  assert.equal(metrics.read().length, 2_000);
  assert.ok(metrics.refused.limit >= 1_000);
});

test("labels' values that are no text reach the primary as one", async () => {
  const { metrics, tell } = expose(() => [
    {
      name: 'a',
      help: 'x',
      type: 'gauge',
      values: [{ value: 1, labels: { is: true, no: undefined, le: Infinity, code: 200, none: null } }],
    },
  ]);
  await tell();
  assert.deepEqual(metrics.read()[0]?.values, [
    { value: 1, labels: { is: 'true', no: 'undefined', le: 'Infinity', code: 200, none: 'null' } },
  ]);
});

test("labels' values that JSON cannot have, or that have no text, cost no other metric", async () => {
  const itself: Record<string, unknown> = {};
  itself['itself'] = itself;
  const gauge = (name: string, tenant: unknown): object => ({
    name,
    help: 'x',
    type: 'gauge',
    values: [{ value: 1, labels: { tenant } }],
  });
  const { metrics, tell } = expose(() => [
    gauge('big', 10n),
    gauge('circular', itself),
    gauge('textless', Object.create(null)),
    gauge('well', 'a'),
  ]);
  await tell();
  assert.deepEqual(
    metrics.read().map(({ name, values }) => [name, values[0]?.labels['tenant']]),
    [
      ['big', '10'],
      ['circular', '[object Object]'],
      ['well', 'a'],
    ],
  );
});

/** A primary with its workers, both ends of the protocol in this process. */
class InProcess {
  readonly metrics = new AppMetrics();
  readonly told: MetricsToldNotice[] = [];
  readonly #workers = new Map<number, ExposedMetrics>();

  async start(worker: number, ...registries: MetricsRegistry[]): Promise<void> {
    const exposed = new ExposedMetrics((message) => this.#take(worker, message), 60_000);
    this.#workers.set(worker, exposed);
    for (const registry of registries) exposed.add(registry);
    await exposed.tell();
  }

  end(worker: number): void {
    this.#workers.get(worker)?.end();
    this.#workers.delete(worker);
    this.metrics.remove(worker);
  }

  /** `inTurn`: each is asked when the one before has answered. */
  async scrape(withinMs = 1_000, inTurn = false): Promise<MetricObject[]> {
    this.metrics.begin();
    const tellings: Promise<void>[] = [];
    for (const [worker, exposed] of this.#workers) {
      const isAnew = this.metrics.hasMissed(worker);
      tellings.push(exposed.tell({ gather: 1, withinMs, isAnew }));
      if (inTurn) await tellings.at(-1);
    }
    await Promise.all(tellings);
    return this.metrics.read();
  }

  async valuesOf(name: string): Promise<number[] | undefined> {
    const metrics = await this.scrape();
    return metrics.find((metric) => metric.name === name)?.values.map(({ value }) => value);
  }

  #take(worker: number, message: MetricsMessage): boolean {
    const parsed = parseWorkerMessage(JSON.stringify(message)) as MetricsMessage;
    assert.ok(this.metrics.take(worker, parsed), JSON.stringify(message).slice(0, 200));
    if (parsed.type === 'metrics-told') this.told.push(parsed);
    return true;
  }
}

/** What a metric's collect() does. */
function collected(
  registry: Registry,
  collect: () => void | Promise<void>,
): { requests: Counter; pool: Gauge } {
  const registers = [registry];
  const requests = new Counter({
    name: 'requests_total',
    help: 'x',
    registers,
    collect,
  });
  const pool = new Gauge({ name: 'pool', help: 'x', registers, collect });
  pool.set(7);
  new Gauge({ name: 'other', help: 'x', registers }).set(8);
  return { requests, pool };
}

test('a collect() that throws loses its own metric only, for as long as it does', async () => {
  const registry = new Registry();
  let doesThrow = false;
  const { requests } = collected(registry, () => {
    if (doesThrow) throw new Error('no database');
  });
  const primary = new InProcess();
  requests.inc(5);
  await primary.start(1, registry);
  doesThrow = true;
  requests.inc(1);
  const during = await primary.scrape();
  assert.deepEqual(
    during.map(({ name, values }) => [name, values[0]?.value]),
    [
      ['requests_total', 6],
      ['other', 8],
    ],
  );
  const message = 'Error: no database';
  assert.deepEqual(primary.told.at(-1)?.failed, 2);
  assert.deepEqual(primary.told.at(-1)?.failures, [
    { metric: 'requests_total', message },
    { metric: 'pool', message },
  ]);
  doesThrow = false;
  assert.deepEqual(await primary.valuesOf('requests_total'), [6], 'it is not counted twice');
  assert.deepEqual(await primary.valuesOf('pool'), [7]);
  assert.equal(primary.told.at(-1)?.failed, undefined);
});

test('a collect() that hangs costs its own metric only, is waited for once, and may come back', async () => {
  const registry = new Registry();
  let asked = 0;
  let answer = (): void => {};
  let doesHang = false;
  const { requests } = collected(registry, () => {
    asked += 1;
    return doesHang ? new Promise<void>((resolve) => (answer = resolve)) : undefined;
  });
  registry.removeSingleMetric('pool');
  const primary = new InProcess();
  requests.inc(5);
  await primary.start(1, registry);
  doesHang = true;
  const before = asked;
  for (let i = 0; i < 3; i++) {
    const metrics = await primary.scrape(50);
    assert.deepEqual(
      metrics.map(({ name, values }) => [name, values[0]?.value]),
      [
        ['requests_total', 5],
        ['other', 8],
      ],
    );
    assert.equal(primary.told.at(-1)?.failures?.[0]?.metric, 'requests_total');
  }
  assert.equal(asked, before + 1, 'no more than one of its promises is kept');
  doesHang = false;
  answer();
  requests.inc(1);
  assert.deepEqual(await primary.valuesOf('requests_total'), [6]);
});

test('what is asked for while the metrics are read waits for one more reading, however often', async () => {
  let reads = 0;
  const answers: (() => void)[] = [];
  const registry = {
    getMetricsAsJSON: (): Promise<object[]> => {
      reads += 1;
      return new Promise((resolve) => answers.push(() => resolve([])));
    },
  };
  const told: (number | undefined)[] = [];
  const exposed = new ExposedMetrics((message) => {
    if (message.type === 'metrics-told') told.push(message.gather);
    return true;
  }, 60_000);
  exposed.add(registry);
  const tellings = [1, 2, 3].map((gather) => exposed.tell({ gather, withinMs: 60_000, isAnew: false }));
  answers[0]!();
  assert.equal(new Set(tellings).size, 1);
  while (answers.length < 2) await new Promise(setImmediate);
  answers[1]!();
  await Promise.all(tellings);
  assert.equal(reads, 2);
  assert.deepEqual(told, [undefined, 3]);
});

test("a registry's default labels are its metrics', and their own labels go first", async () => {
  const registry = new Registry();
  registry.setDefaultLabels({ app: 'shop', of: 'all' });
  new Gauge({ name: 'pool', help: 'x', labelNames: ['of'], registers: [registry] }).set({ of: 'db' }, 1);
  const primary = new InProcess();
  await primary.start(1, registry);
  const [pool] = await primary.scrape();
  assert.deepEqual(pool?.values, [{ value: 1, labels: { app: 'shop', of: 'db' } }]);
});

test('a counter is called as Prometheus would call it if it asked the app, also after the app wrote its registry', async () => {
  const primary = new InProcess();
  for (const worker of [1, 2]) {
    const registry = new Registry() as Registry<RegistryContentType>;
    if (worker === 1) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const registers = [registry];
    new Counter({ name: 'requests_total', help: 'x', registers }).inc(2);
    const things = new Counter({ name: worker === 1 ? 'opened' : 'things', help: 'x', registers });
    things.inc(3);
    if (worker === 1) await registry.metrics();
    await primary.start(worker, registry);
  }
  const metrics = await primary.scrape();
  for (const isOpenMetrics of [false, true]) {
    const samples = write(metrics, isOpenMetrics)
      .body.toString()
      .match(/^[a-z].*$/gm);
    assert.deepEqual(samples?.toSorted(), ['opened_total 3', 'requests_total 4', 'things 3']);
  }
});

test('so is one whose registry the app writes in either format', async () => {
  const registry = new Registry() as Registry<RegistryContentType>;
  new Counter({ name: 'requests_total', help: 'x', registers: [registry] }).inc(2);
  const primary = new InProcess();
  await primary.start(1, registry);
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  await registry.metrics();
  registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
  const metrics = await primary.scrape();
  assert.deepEqual(
    metrics.map(({ name }) => name),
    ['requests_total'],
  );
});

test('exemplars come along, each when it is new', async () => {
  const registry = new Registry() as Registry<RegistryContentType>;
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const wait = new Histogram({
    name: 'wait',
    help: 'x',
    buckets: [1, 2],
    registers: [registry],
    enableExemplars: true,
  });
  wait.observe({ value: 0.5, exemplarLabels: { trace: 'a' } } as never);
  const primary = new InProcess();
  await primary.start(1, registry);
  wait.observe({ value: 0.7, exemplarLabels: { trace: 'b' } } as never);
  wait.observe({ value: 5, exemplarLabels: { trace: 'c' } } as never);
  const [metric] = await primary.scrape();
  const traces = metric?.values.map(({ exemplar }) => exemplar?.labelSet['trace']);
  assert.deepEqual(traces, ['b', undefined, 'c', undefined, undefined]);
});

/** A release with other buckets, and another type and help. */
function release(version: number): Registry {
  const registry = new Registry();
  const registers = [registry];
  const buckets = version === 1 ? [0.1, 1, 10] : [0.05, 0.5, 1, 5];
  const wait = new Histogram({ name: 'wait', help: `Of ${version}.`, buckets, registers });
  for (let i = 0; i < 10 / version; i++) wait.observe(0.25);
  const Metric = version === 1 ? Counter : Gauge;
  new Metric({ name: 'things', help: `Of ${version}.`, registers }).inc(version);
  return registry;
}

test('a release that changes buckets, type and help: the old stays until its workers are gone', async () => {
  const primary = new InProcess();
  await primary.start(1, release(1));
  await primary.start(2, release(1));
  await primary.start(3, release(2));
  assert.deepEqual(await primary.valuesOf('wait'), [0, 20, 20, 20, 5, 20]);
  assert.equal(primary.metrics.refused.conflict, 2);
  primary.end(1);
  assert.deepEqual(await primary.valuesOf('wait'), [0, 20, 20, 20, 5, 20]);
  primary.end(2);
  assert.deepEqual(await primary.valuesOf('wait'), [0, 5, 5, 5, 5, 1.25, 5]);
  const things = (await primary.scrape()).find(({ name }) => name === 'things');
  assert.deepEqual([things?.type, things?.help, things?.values[0]?.value], ['gauge', 'Of 2.', 2]);
  await primary.start(4, release(2));
  assert.deepEqual(await primary.valuesOf('wait'), [0, 10, 10, 10, 10, 2.5, 10]);
  assert.equal(primary.metrics.refused.conflict, 2);
});

test('of several workers that were contradicted, each is heard once it is not', async () => {
  const primary = new InProcess();
  await primary.start(1, release(1));
  for (const worker of [2, 3, 4]) await primary.start(worker, release(2));
  primary.end(1);
  const inTurn = await primary.scrape(1_000, true);
  assert.deepEqual(inTurn.find(({ name }) => name === 'wait')?.values.at(-1)?.value, 15);
});

test('a metric that the app replaces while it runs is told anew', async () => {
  const [first, second] = [release(1), release(2)];
  let current = first;
  const primary = new InProcess();
  await primary.start(1, { getMetricsAsJSON: () => current.getMetricsAsJSON() });
  assert.deepEqual(await primary.valuesOf('wait'), [0, 10, 10, 10, 2.5, 10]);
  current = second;
  assert.deepEqual(await primary.valuesOf('wait'), [0, 5, 5, 5, 5, 1.25, 5]);
  assert.deepEqual(await primary.valuesOf('things'), [2]);
  assert.equal(primary.metrics.refused.conflict, 0);
});

test('of two registries that have a metric each in its way, the first counts', async () => {
  const primary = new InProcess();
  await primary.start(1, release(1), release(2));
  assert.deepEqual(await primary.valuesOf('wait'), [0, 10, 10, 10, 2.5, 10]);
  const metrics = primary.told.at(-1)?.failures?.map(({ metric }) => metric);
  assert.deepEqual(metrics, ['wait', 'things']);
});

test('a metric that two registries have is told once', async () => {
  const [one, other] = [new Registry(), new Registry()];
  one.setDefaultLabels({ of: 'one' });
  other.setDefaultLabels({ of: 'other' });
  const things = new Counter({ name: 'things_total', help: 'x', registers: [one, other] });
  things.inc(3);
  const primary = new InProcess();
  await primary.start(1, one, other);
  assert.deepEqual(await primary.valuesOf('things_total'), [3]);
  assert.deepEqual(primary.metrics.read()[0]?.values[0]?.labels, { of: 'one' }, 'as the first has it');
  assert.equal(primary.told.at(-1)?.failures, undefined);
});

test('what a registry gives that is no metric is told of', async () => {
  for (const values of [[null], [{ value: 10n }], [{ value: 1, exemplar: {} }]]) {
    const primary = new InProcess();
    await primary.start(1, {
      getMetricsAsJSON: () => Promise.resolve([{ name: 'a', help: 'x', type: 'gauge', values }]),
    });
    assert.match(primary.told.at(-1)?.failures?.[0]?.message ?? '', /something that is not a metric/);
  }
});

test('1,000 reloads with a label that no two workers share: what there is stays level', async (t) => {
  const primary = new InProcess();
  const series = 100;
  const pidRegistry = (pid: number): Registry => {
    const registry = new Registry();
    const [labelNames, registers] = [['pid', 'kind'], [registry]];
    const things = new Counter({ name: 'things_total', help: 'x', labelNames, registers });
    const pool = new Gauge({ name: 'pool', help: 'x', labelNames, registers });
    for (let kind = 0; kind < series; kind++) {
      things.inc({ pid, kind });
      pool.set({ pid, kind }, 1);
    }
    new Counter({ name: 'requests_total', help: 'x', registers }).inc();
    return registry;
  };
  const sizes: { bytes: number; heapMegabytes: number }[] = [];
  await primary.start(0, pidRegistry(0));
  for (let reload = 1; reload <= 1_000; reload++) {
    await primary.start(reload, pidRegistry(reload));
    primary.end(reload - 1);
    // From 200 on, there are as many as there may be.
    if (reload % 100 !== 0 || reload < 300) continue;
    const metrics = await primary.scrape();
    const of = (name: string): MetricObject['values'] =>
      metrics.find((one) => one.name === name)?.values ?? [];
    const isNew = ({ labels }: MetricObject['values'][number]): boolean => labels['pid'] === reload;
    assert.equal(of('things_total').filter(isNew).length, series);
    assert.equal(of('pool').length, series);
    assert.equal(of('requests_total')[0]?.value, reload + 1);
    collectGarbage();
    sizes.push({
      bytes: write(metrics, true).body.length,
      heapMegabytes: process.memoryUsage().heapUsed / 1e6,
    });
  }
  t.diagnostic(
    sizes.map(({ bytes, heapMegabytes }) => `${bytes} B, ${heapMegabytes.toFixed(1)} MB`).join('; '),
  );
  assert.deepEqual(primary.metrics.refused, { malformed: 0, conflict: 0, limit: 0, infinite: 0 });
  const [first, last] = [sizes[0]!, sizes.at(-1)!];
  assert.ok(last.bytes < first.bytes * 1.02, 'the pids alone get longer');
  assert.ok(last.heapMegabytes < first.heapMegabytes + 5);
});
