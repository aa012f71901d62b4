// A Prometheus server scrapes the same app alone and under Baton, through releases that change what its metrics are.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { ask, askMany } from './client.js';
import { app, portOf, startPrimary, temporaryDirectory, until } from './harness.js';
import { PrometheusServer, withoutPrometheus } from './prometheus.js';

const host = '127.0.0.1';
const options = { skip: withoutPrometheus, timeout: 90_000 };

interface Release {
  version: number;
  buckets: number[];
  isOpenMetrics?: boolean;
  doesFail?: boolean;
}

/** Whoever starts reads either the old one or this one. */
function publish(file: string, release: Release): void {
  writeFileSync(`${file}.new`, JSON.stringify(release));
  renameSync(`${file}.new`, file);
}

/** The app by itself. Returns its port. */
async function startAlone(t: TestContext, file: string): Promise<number> {
  const alone = spawn(process.execPath, [app('measured.cjs')], {
    env: { ...process.env, RELEASE: file },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(alone, 'exit');
  t.after(async () => {
    alone.kill('SIGKILL');
    await exited;
  });
  for await (const line of createInterface({ input: alone.stdout })) {
    const [, port] = /^port (\d+)$/.exec(line) ?? [];
    if (port !== undefined) return Number(port);
  }
  throw new Error('it does not listen');
}

/** Of targets that are to be found in a file. Before the primary, as it is to end after it. */
async function startPrometheus(t: TestContext): Promise<{ prometheus: PrometheusServer; watch: Watch }> {
  const file = path.join(temporaryDirectory(t), 'targets.json');
  const prometheus = await PrometheusServer.start(t, {
    global: { scrape_interval: '250ms', scrape_timeout: '250ms' },
    scrape_configs: [{ job_name: 'app', file_sd_configs: [{ files: [file] }] }],
  });
  const watch: Watch = (targets) => {
    const groups = Object.entries(targets).map(([job, target]) => ({ targets: [target], labels: { job } }));
    writeFileSync(`${file}.new`, JSON.stringify(groups));
    renameSync(`${file}.new`, file);
  };
  return { prometheus, watch };
}

/** Has Prometheus ask these, by job. */
type Watch = (targets: Record<string, string>) => void;

/** Which series of the app there are, without what tells targets apart, and where they come from. */
async function seriesOf(prometheus: PrometheusServer, job: string): Promise<string[]> {
  const samples = await prometheus.query(`{job="${job}",__name__=~"app_.*"}`);
  return samples
    .map(({ metric: { job: _job, instance: _instance, ...labels } }) => JSON.stringify(labels))
    .toSorted();
}

for (const isOpenMetrics of [false, true])
  test(
    `series are called the same as those of the app alone, whose registry is ${isOpenMetrics ? 'of OpenMetrics' : 'of the text format'}`,
    options,
    async (t) => {
      const file = path.join(temporaryDirectory(t), 'release.json');
      publish(file, { version: 1, buckets: [0.5, 1], isOpenMetrics });
      const { prometheus, watch } = await startPrometheus(t);
      const alone = await startAlone(t, file);
      const primary = await startPrimary(t, {
        app: app('measured.cjs'),
        workers: 2,
        policy: 'round-robin',
        metrics: { port: 0 },
        env: { ...process.env, RELEASE: file },
      });
      const ports = [alone, portOf(primary)];
      for (const port of ports) await askMany(10, 1, () => ask({ port, host, path: '/a' }));
      // Where the app writes its registry itself, the library may change the counters' names.
      await ask({ port: portOf(primary), host, path: '/metrics' }).catch(() => {});
      watch({ alone: `${host}:${alone}`, baton: new URL(primary.metricsUrl ?? '').host });
      for (const job of ['alone', 'baton'])
        await until(async () => (await seriesOf(prometheus, job)).length > 0, `${job} is scraped`);
      const own = await seriesOf(prometheus, 'alone');
      assert.ok(own.some((series) => series.includes(isOpenMetrics ? '"app_things_total"' : '"app_things"')));
      assert.deepEqual(await seriesOf(prometheus, 'baton'), own);
    },
  );

/** All samples of a selector, as they were scraped. */
async function samplesOf(
  prometheus: PrometheusServer,
  selector: string,
): Promise<{ metric: Record<string, string>; values: [number, string][] }[]> {
  const data = await prometheus.get('query', { query: `${selector}[10m]` });
  return (data as { result: { metric: Record<string, string>; values: [number, string][] }[] }).result;
}

test(
  'releases change buckets, type, help, and fail: no bucket falls, and no scrape fails',
  options,
  async (t) => {
    const file = path.join(temporaryDirectory(t), 'release.json');
    publish(file, { version: 1, buckets: [0.5, 1] });
    const { prometheus, watch } = await startPrometheus(t);
    const primary = await startPrimary(t, {
      app: app('measured.cjs'),
      workers: 2,
      metrics: { port: 0 },
      probationMs: 0,
      env: { ...process.env, RELEASE: file },
    });
    const warnings: string[] = [];
    primary.on('warning', (warning) => warnings.push(warning));
    watch({ baton: new URL(primary.metricsUrl ?? '').host });
    const count = async (expression: string): Promise<number> =>
      (await prometheus.query(expression))[0]?.value ?? NaN;
    const askSome = (): Promise<unknown> =>
      askMany(20, 2, () => ask({ port: portOf(primary), host, path: '/a' }));

    const releases: Release[] = [
      { version: 1, buckets: [0.5, 1] },
      { version: 2, buckets: [0.25, 0.5, 0.75, 1, 1.5] },
      { version: 3, buckets: [0.5, 1] },
      { version: 4, buckets: [0.1, 0.5, 1.5], doesFail: true },
      { version: 5, buckets: [0.5, 1] },
    ];
    let asked = 0;
    for (const release of releases) {
      publish(file, release);
      if (release.version > 1) await primary.reload();
      await askSome();
      asked += 20;
      await until(async () => (await count('sum(app_requests_total)')) === asked, 'all requests are counted');
      const bounds = `count(app_wait_seconds_bucket)`;
      await until(
        async () => (await count(bounds)) === release.buckets.length + 1,
        'the new buckets are there',
      );
      const inOwn = 'sum(app_wait_seconds_count)';
      const counted = release.version === 1 ? 20 : await count(inOwn);
      assert.equal(counted, 20, 'what the new workers have counted, from their start on');
      const type = release.version % 2 === 1 ? 'counter' : 'gauge';
      const metric = type === 'counter' ? 'app_other' : 'app_other_total';
      const help = `${type}: Of release.json ${release.version}.`;
      await until(async () => {
        const found = await prometheus.get('targets/metadata', { metric });
        const [known] = found as { type: string; help: string }[];
        return `${known?.type}: ${known?.help}` === help;
      }, help);
    }

    const byTime = new Map<number, { le: number; value: number }[]>();
    for (const { metric, values } of await samplesOf(prometheus, 'app_wait_seconds_bucket'))
      for (const [time, value] of values) {
        const buckets = byTime.get(time) ?? [];
        byTime.set(time, buckets);
        buckets.push({ le: Number(metric['le']?.replace('+Inf', 'Infinity')), value: Number(value) });
      }
    assert.ok(byTime.size > 5, `${byTime.size} scrapes`);
    for (const buckets of byTime.values()) {
      const sorted = buckets.toSorted((a, b) => a.le - b.le).map(({ value }) => value);
      assert.deepEqual(
        sorted,
        sorted.toSorted((a, b) => a - b),
      );
    }
    assert.equal(await count('min_over_time(up[10m])'), 1);
    assert.ok((await count('sum(baton_gather_errors_total)')) > 0);
    const contradicted = warnings.filter((warning) => warning.includes('"app_wait_seconds"'));
    // One of two workers is replaced at a time: each is met while the one before still is there.
    assert.ok(contradicted.length >= 2, 'of releases 2 and 3 at least: the first of 4 takes its time');
    assert.equal(new Set(contradicted).size, contradicted.length, 'and of each once');
    const failing = warnings.filter((warning) => warning.includes('cannot read'));
    assert.deepEqual(
      new Set(failing.map((warning) => /"(\w+)"/.exec(warning)?.[1])),
      new Set(['app_hangs', 'app_throws']),
      warnings.join('\n'),
    );
  },
);
