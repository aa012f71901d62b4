// The files of examples/observability, by themselves.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { blocksOf } from './docs/page.js';
import { temporaryDirectory } from './harness.js';
import {
  dashboard,
  folder,
  panelsOf,
  ruleFiles,
  rules,
  ruleTests,
  yaml,
  yamlDocuments,
  type Dashboard,
} from './observability-example.js';
import { promtool, withoutPrometheus } from './prometheus.js';

test('baton.json is what its source says; otherwise: pnpm run dashboard', async () => {
  const source = (await import(pathToFileURL(path.join(folder, 'dashboard/index.js')).href)) as {
    dashboard: Dashboard;
  };
  assert.deepEqual(dashboard(), JSON.parse(JSON.stringify(source.dashboard)));
});

test('the dashboard has what Grafana 10 knows: its core panels, each with words, none on top of another', () => {
  const { schemaVersion, panels } = dashboard();
  assert.equal(schemaVersion, 39);
  const core = new Set(['timeseries', 'stat', 'table', 'heatmap', 'state-timeline', 'text']);
  const source = { type: 'prometheus', uid: '${datasource}' };
  for (const { type, title, description = '', targets = [] } of panelsOf(dashboard())) {
    assert.ok(core.has(type), `${title}: ${type}`);
    assert.match(description, /^.{40,}\.$/s, title);
    for (const { datasource } of targets) assert.deepEqual(datasource, source, title);
  }
  const all = panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length, 'ids are unique');
  const cells = new Set<string>();
  for (const { title, gridPos } of all) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.ok(!cells.has(`${x},${y}`), `${title} is on top of another`);
        cells.add(`${x},${y}`);
      }
  }
  assert.deepEqual(
    panels.filter(({ collapsed }) => collapsed).map(({ title }) => title),
    ['The app: requests by route, where it measures them'],
  );
});

interface RuleCase {
  name: string;
  promql_expr_test: { expr: string; exp_samples: { labels: string }[] }[];
}

test('each alert says what to do, and has a case in which it fires and one in which it does not', () => {
  const cases = ruleTests.flatMap((file) => (yaml(file) as { tests: RuleCase[] }).tests);
  const alerts = rules().filter(({ alert }) => alert !== undefined);
  assert.ok(alerts.length >= 11);
  for (const { alert = '', labels, annotations = {} } of alerts) {
    assert.match(labels?.['severity'] ?? '', /^(warning|critical)$/, alert);
    for (const name of ['summary', 'description', 'runbook'])
      assert.match(annotations[name] ?? '', /\S.{15}/, `${alert}: ${name}`);
    const firing = (one: RuleCase): boolean =>
      one.promql_expr_test.some(({ exp_samples: samples }) =>
        samples.some(({ labels }) => labels.includes(`alertname="${alert}",alertstate="firing"`)),
      );
    assert.ok(
      cases.some((one) => one.name.startsWith(`${alert} fires`) && firing(one)),
      `${alert} fires`,
    );
    assert.ok(
      cases.some((one) => one.name.startsWith(`${alert} is silent`) && !firing(one)),
      `${alert} is silent`,
    );
  }
  for (const { name, promql_expr_test: tests } of cases)
    assert.deepEqual(
      tests.map(({ expr }) => expr),
      ['ALERTS{alertstate="firing"}'],
      name,
    );
});

const page = 'examples/observability/README.md';

test('the page has each alert, with its severity', () => {
  const text = readFileSync(path.join(folder, 'README.md'), 'utf8');
  const told = [...text.matchAll(/^\| `(Baton\w+)` +\| (\w+) +\|/gm)];
  const alerts = rules().flatMap(({ alert, labels }) => (alert ? [[alert, labels?.['severity']]] : []));
  assert.deepEqual(
    Object.fromEntries(told.map(([, alert, severity]) => [alert, severity])),
    Object.fromEntries(alerts),
  );
});

test("the page's commands give Kubernetes resources that can be read", (t) => {
  const directory = temporaryDirectory(t);
  // Prints what it is given, a document each.
  const kubectl = `#!/bin/sh -e
    for arg; do
      case $arg in
        -) echo ---; cat ;;
        *.yaml | --from-file=*) echo ---; cat "\${arg#--from-file=}" ;;
      esac
    done`;
  writeFileSync(path.join(directory, 'kubectl'), kubectl);
  chmodSync(path.join(directory, 'kubectl'), 0o700);
  const blocks = blocksOf(page).filter((block) => block.test === 'observability-files');
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-e', '-o', 'pipefail', '-c', blocks.map(({ text }) => text).join('\n')],
    { cwd: folder, env: { PATH: `${directory}:/usr/local/bin:/usr/bin:/bin` }, encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  writeFileSync(path.join(directory, 'resources.yaml'), stdout);
  const resources = yamlDocuments(path.join(directory, 'resources.yaml')) as Applied[];
  assert.deepEqual(
    resources.map(({ kind = 'a dashboard' }) => kind),
    ['PodMonitor', 'Service', 'ServiceMonitor', 'PrometheusRule', 'PrometheusRule', 'a dashboard'],
  );
  const groups = resources.flatMap(({ kind, spec }) =>
    kind === 'PrometheusRule' ? (spec?.groups ?? []) : [],
  );
  assert.deepEqual(
    groups.flatMap(({ rules }) => rules),
    rules(),
  );
});

interface Applied {
  kind?: string;
  spec?: { groups?: { rules: unknown[] }[] };
}

for (const args of [
  ['check', 'config', path.join(folder, 'prometheus.yml')],
  ['check', 'rules', ...ruleFiles],
  ['test', 'rules', ...ruleTests],
])
  test(`promtool ${args.slice(0, 2).join(' ')} finds nothing`, { skip: withoutPrometheus }, () => {
    const { status, output } = promtool(args);
    assert.equal(status, 0, output);
    assert.doesNotMatch(output, /FAILED|WARNING|error/i);
  });

interface Compose {
  services: Record<
    string,
    {
      build?: { context: string; dockerfile: string };
      volumes?: string[];
      expose?: string[];
      ports?: string[];
      depends_on?: string[];
    }
  >;
  volumes: Record<string, unknown>;
}

test('what compose.yml, and the files that it mounts, refer to is there', () => {
  const { services, volumes } = yaml('compose.yml') as Compose;
  const mounts = new Map<string, string>();
  for (const [name, service] of Object.entries(services)) {
    for (const volume of service.volumes ?? []) {
      const [from = '', to = ''] = volume.split(':');
      mounts.set(to, from);
      assert.ok(
        from.startsWith('./') ? existsSync(path.join(folder, from)) : from in volumes,
        `${name}: ${from}`,
      );
    }
    for (const other of service.depends_on ?? []) assert.ok(other in services, other);
  }
  const { context = '', dockerfile = '' } = services['app']?.build ?? {};
  assert.ok(existsSync(path.join(folder, context, dockerfile)));

  const hostPort = (address: string): [string, string] => address.split(':') as [string, string];
  const { scrape_configs: jobs, rule_files: patterns } = yaml('prometheus.yml') as {
    rule_files: string[];
    scrape_configs: { static_configs: { targets: string[] }[] }[];
  };
  for (const target of jobs.flatMap((job) => job.static_configs.flatMap(({ targets }) => targets))) {
    const [host, port] = hostPort(target);
    assert.ok(services[host]?.expose?.includes(port), target);
  }
  assert.deepEqual(patterns, ['rules/*.yml']);
  assert.equal(mounts.get('/etc/prometheus/prometheus.yml'), './prometheus.yml');
  assert.equal(mounts.get('/etc/prometheus/rules'), './rules');

  const provisioning = mounts.get('/etc/grafana/provisioning') ?? '';
  const { datasources } = yaml(`${provisioning}/datasources/prometheus.yml`) as {
    datasources: { type: string; url: string }[];
  };
  for (const { type, url } of datasources) {
    assert.equal(type, 'prometheus');
    const [host, port] = hostPort(new URL(url).host);
    assert.ok(
      services[host]?.ports?.some((published) => published.endsWith(`:${port}`)),
      url,
    );
  }
  const { providers } = yaml(`${provisioning}/dashboards/baton.yml`) as {
    providers: { options: { path: string } }[];
  };
  for (const { options } of providers)
    assert.equal(mounts.get(`${options.path}/baton.json`), './grafana/baton.json');
});

type Labels = Record<string, string>;
interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { labels: Labels };
}
interface Deployment extends Resource {
  spec: {
    selector: { matchLabels: Labels };
    template: {
      metadata: { labels: Labels };
      spec: {
        containers: {
          env: { name: string; value: string }[];
          ports: { name: string; containerPort: number }[];
        }[];
      };
    };
  };
}
interface Service extends Resource {
  spec: { selector: Labels; ports: { name: string; port: number; targetPort: string }[] };
}
interface ServiceMonitor extends Resource {
  spec: { selector: { matchLabels: Labels }; endpoints: { port: string; path: string }[] };
}
interface PodMonitor extends Resource {
  spec: { selector: { matchLabels: Labels }; podMetricsEndpoints: { port: string; path: string }[] };
}

test('the monitors for prometheus-operator find the pods, by their labels and the name of the port', () => {
  const selects = (wanted: Labels, labels: Labels): void =>
    assert.deepEqual(
      Object.entries(wanted).filter(([name, value]) => labels[name] !== value),
      [],
    );
  const { spec } = yaml('kubernetes/deployment.yaml') as Deployment;
  const { labels } = spec.template.metadata;
  const [container] = spec.template.spec.containers;
  const port = container?.ports.find(({ name }) => name === 'metrics');
  const address = container?.env.find(({ name }) => name === 'BATON_METRICS');
  assert.equal(address?.value, `0.0.0.0:${port?.containerPort}`);
  selects(spec.selector.matchLabels, labels);

  const podMonitor = yaml('kubernetes/podmonitor.yaml') as PodMonitor;
  const operator = 'monitoring.coreos.com/v1';
  assert.deepEqual([podMonitor.apiVersion, podMonitor.kind], [operator, 'PodMonitor']);
  selects(podMonitor.spec.selector.matchLabels, labels);
  for (const { port, path } of podMonitor.spec.podMetricsEndpoints)
    assert.deepEqual([port, path], ['metrics', '/metrics']);

  const [service, monitor] = yamlDocuments('kubernetes/servicemonitor.yaml') as [Service, ServiceMonitor];
  assert.deepEqual([service.apiVersion, service.kind], ['v1', 'Service']);
  assert.deepEqual([monitor.apiVersion, monitor.kind], [operator, 'ServiceMonitor']);
  selects(service.spec.selector, labels);
  selects(monitor.spec.selector.matchLabels, service.metadata.labels);
  assert.deepEqual(
    service.spec.ports.map(({ name, port, targetPort }) => [name, port, targetPort]),
    [['metrics', port?.containerPort, 'metrics']],
  );
  for (const { port, path } of monitor.spec.endpoints)
    assert.deepEqual([port, path], ['metrics', '/metrics']);
});
