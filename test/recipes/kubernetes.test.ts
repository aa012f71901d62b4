// The page on Kubernetes: its resources are such, its numbers fit, and its container does with them what the page says.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Primary } from '@baton/core';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Service } from 'kubernetes-models/v1/Service';
import { parseAllDocuments } from 'yaml';
import { fileOf } from '../docs/page.js';
import { app, until } from '../harness.js';
import { Container, withoutContainer } from './container.js';
import { installedApp } from './page-app.js';

const page = 'docs/recipes/kubernetes.md';
const resources = parseAllDocuments(fileOf(page, 'deployment.yaml')).map((document) => {
  assert.deepEqual([document.errors, document.warnings], [[], []]);
  return document.toJS() as { apiVersion: string; kind: string };
});

function resource<Resource extends { validate(): void }>(model: new (data: never) => Resource): Resource {
  const [found, ...others] = resources.filter(({ kind }) => kind === model.name);
  assert.ok(found !== undefined && others.length === 0, model.name);
  return new model(found as never);
}

const deployment = resource(Deployment);
const service = resource(Service);
const budget = resource(PodDisruptionBudget);
const template = deployment.spec!.template;
const pod = template.spec!;
const container = pod.containers[0]!;

const portOf = (name: unknown): number => container.ports!.find((port) => port.name === name)!.containerPort;
const probes = (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).map((name) => {
  const { path, port } = container[name]!.httpGet!;
  return { name, url: `http://127.0.0.1:${portOf(port)}${path}` };
});

test('each resource is of the schema of Kubernetes', () => {
  assert.deepEqual(
    resources.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`),
    ['apps/v1 Deployment', 'v1 Service', 'policy/v1 PodDisruptionBudget'],
  );
  for (const one of [deployment, service, budget]) one.validate();
});

test('the service and the budget find the pods', () => {
  const { labels } = template.metadata!;
  for (const selector of [
    deployment.spec!.selector.matchLabels,
    service.spec!.selector,
    budget.spec!.selector!.matchLabels,
  ])
    assert.deepEqual(selector, labels);
  assert.ok(service.spec!.ports!.every(({ targetPort }) => portOf(targetPort) > 0));
});

test('the delay, the time to stop and the grace period are each longer than the one before', () => {
  const args = container.args!;
  const secondsOf = (flag: string): number =>
    Number(/^(\d+)s$/.exec(args[args.indexOf(flag) + 1] ?? '')?.[1]);
  const [delay, timeout] = [secondsOf('--stop-delay'), secondsOf('--stop-timeout')];
  assert.ok(delay > 0 && delay < timeout && timeout < pod.terminationGracePeriodSeconds!);
  // The options take them.
  const { options } = new Primary({
    app: app('http.cjs'),
    stopDelayMs: delay * 1_000,
    stopTimeoutMs: timeout * 1_000,
  });
  assert.deepEqual([options.stopDelayMs, options.stopTimeoutMs], [delay * 1_000, timeout * 1_000]);
  // Other hosts are told at the latest when the probe has failed.
  const { periodSeconds, failureThreshold } = container.readinessProbe!;
  assert.ok(periodSeconds! * failureThreshold! < delay);
});

async function start(t: TestContext): Promise<Container> {
  const env = Object.fromEntries(container.env!.map(({ name, value }) => [name, value ?? '']));
  const command = [...container.command!, ...container.args!];
  return Container.start(t, { directory: installedApp(t, page), env, command });
}

test(
  'its probes succeed, and readiness alone fails while it stops and is served',
  { skip: withoutContainer },
  async (t) => {
    const started = await start(t);
    const succeeds = (url: string): Promise<boolean> =>
      started.exec(['curl', '-fsS', url]).then(
        () => true,
        () => false,
      );
    const areReady = async (): Promise<string[]> => {
      const names: string[] = [];
      for (const { name, url } of probes) if (await succeeds(url)) names.push(name);
      return names;
    };
    await until(async () => (await areReady()).length === probes.length, 'all succeed');
    const ask = (): Promise<boolean> => succeeds(`http://127.0.0.1:${portOf('http')}/`);
    assert.ok(await ask());
    started.signal('SIGTERM');
    await until(async () => !(await areReady()).includes('readinessProbe'), 'it is not ready');
    assert.deepEqual(await areReady(), ['livenessProbe']);
    assert.ok(await ask());
  },
);
