// A Prometheus server scrapes a Baton that works: everything that the dashboard and the rules ask for is there.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { ask, askWhile, httpRequest } from './client.js';
import { app, startCommand, until } from './harness.js';
import {
  dashboard,
  panelsOf,
  ruleFiles,
  rules,
  selectorsOf,
  substituted,
  yaml,
  type Target,
} from './observability-example.js';
import { PrometheusServer, promtool, withoutPrometheus, type Sample } from './prometheus.js';

const job = 'baton';

/** Labels of legends that not every series has, and why. */
const mayLack: Record<string, string> = {
  'Queue in the kernel: worker': 'only in listener handoff has each worker a socket of its own',
};

/** The histogram that an app would have, as one target more: each scrape finds more requests. */
async function startAppMetrics(t: TestContext): Promise<string> {
  let scrapes = 0;
  const server = createServer((_request, response) => {
    scrapes += 1;
    const lines = ['200', '500'].flatMap((status) => {
      const labels = `method="GET",route="/",status_code="${status}"`;
      const name = 'http_request_duration_seconds';
      const buckets = ['0.1', '1', '+Inf'].map((le) => `${name}_bucket{${labels},le="${le}"} ${9 * scrapes}`);
      return [...buckets, `${name}_sum{${labels}} ${scrapes}`, `${name}_count{${labels}} ${9 * scrapes}`];
    });
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    response.end(`# TYPE http_request_duration_seconds histogram\n${lines.join('\n')}\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Config {
  global: object;
  scrape_configs: { job_name: string; static_configs: object[] }[];
}

/** That of the example, but often, and with other targets. */
function configFor(targets: string[]): object {
  const config = yaml('prometheus.yml') as Config;
  assert.deepEqual(
    config.scrape_configs.map(({ job_name }) => job_name),
    [job],
  );
  return {
    ...config,
    global: {
      ...config.global,
      scrape_interval: '500ms',
      scrape_timeout: '500ms',
      evaluation_interval: '500ms',
    },
    rule_files: ruleFiles,
    scrape_configs: config.scrape_configs.map((one) => ({ ...one, static_configs: [{ targets }] })),
  };
}

/** Waits until there is a value that is a number. */
async function valuesOf(prometheus: PrometheusServer, expression: string, what: string): Promise<Sample[]> {
  let samples: Sample[] = [];
  await until(
    async () => {
      samples = (await prometheus.query(expression)).filter(({ value }) => Number.isFinite(value));
      return samples.length > 0;
    },
    `${what} has a value: ${expression}`,
    8_000,
  );
  return samples;
}

async function checkTarget(prometheus: PrometheusServer, title: string, target: Target): Promise<void> {
  const samples = await valuesOf(prometheus, substituted(target.expr, job), title);
  for (const [, label = ''] of (target.legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g)) {
    const lack = samples.filter(({ metric }) => metric[label] === undefined);
    if (mayLack[`${title}: ${label}`] === undefined)
      assert.deepEqual(lack, [], `the legend of "${title}" names ${label}`);
    else assert.notDeepEqual(lack, [], `"${title}: ${label}" is no exception`);
  }
}

test(
  'what the dashboard and the rules ask for is there',
  { skip: withoutPrometheus, timeout: 40_000 },
  async (t) => {
    const command = startCommand(t, [
      '--workers=2',
      '--probation=0',
      '--metrics=127.0.0.1:0',
      app('crashes.cjs'),
    ]);
    const [, metricsUrl = ''] = await command.seen(/metrics +(http:\S+)/);
    const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
    const targets = [new URL(metricsUrl).host, await startAppMetrics(t)];
    const prometheus = await PrometheusServer.start(t, configFor(targets));
    const is = (value: number, expression: string): Promise<void> =>
      until(
        async () => (await prometheus.query(expression)).some((sample) => sample.value === value),
        `${expression} is ${value}`,
      );

    await askWhile(Number(port), 2, async () => {
      await is(2, 'sum(baton_worker_state{state="ready"})');
      await assert.rejects(ask({ port: Number(port), host: '127.0.0.1', path: '/kill' }));
      await is(1, 'sum(baton_worker_restarts_total{reason="crash"})');
      await is(2, 'sum(baton_worker_state{state="ready"})');
      command.process.kill('SIGHUP');
      await is(1, 'baton_reloads_total{result="done"}');

      for (const { title, targets = [] } of panelsOf(dashboard()))
        for (const target of targets) await checkTarget(prometheus, title, target);

      for (const { definition } of dashboard().templating.list) {
        const [, series, label] = /^label_values\((.+), (\w+)\)$/.exec(definition ?? '') ?? [];
        if (series === undefined) continue;
        const found = await prometheus.get(`label/${label}/values`, { 'match[]': substituted(series, job) });
        assert.deepEqual(found, [label === 'job' ? job : targets[0]]);
      }

      for (const { record, alert = '', expr } of rules()) {
        if (record !== undefined) {
          await valuesOf(prometheus, expr, record);
          await valuesOf(prometheus, record, record);
          continue;
        }
        // A silent alert has no values. What it asks for has.
        await prometheus.query(expr);
        assert.notDeepEqual(selectorsOf(expr), [], alert);
        for (const selector of selectorsOf(expr)) await valuesOf(prometheus, selector, alert);
      }
    });

    const loaded = (await prometheus.get('rules')) as {
      groups: { rules: { name: string; health: string; lastError?: string; state?: string }[] }[];
    };
    const found = loaded.groups.flatMap((group) => group.rules);
    assert.equal(found.length, rules().length);
    for (const { name, health, lastError } of found) assert.equal(health, 'ok', `${name}: ${lastError}`);
    // One crash and one reload are nothing to call somebody for.
    assert.deepEqual(
      found.filter(({ state }) => state === 'firing'),
      [],
    );

    const { text } = await httpRequest(metricsUrl);
    assert.deepEqual(promtool(['check', 'metrics'], text), { status: 0, output: '' });
  },
);
