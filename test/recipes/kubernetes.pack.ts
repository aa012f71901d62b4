// The page on Kubernetes: its resources are such, its numbers fit, and its container does with them what the page says.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { Primary } from '@baton/core';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Container as ContainerModel } from 'kubernetes-models/v1/Container';
import { Service } from 'kubernetes-models/v1/Service';
import { parse, parseAllDocuments } from 'yaml';
import { blocksOf, fileOf } from '../docs/page.js';
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

const preStop = container.lifecycle!.preStop!.exec!.command!;

/** What the page gives a container instead, for an app that goes on serving after SIGTERM. */
const withoutHook = blocksOf(page)
  .filter(({ language, text }) => language === 'yaml' && text.startsWith('args: '))
  .map(({ text }) => (parse(text) as { args: string[] }).args);

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

/** Of a flag; the option takes it. */
function secondsOf(args: readonly string[], flag: string): number {
  const seconds = Number(/^(\d+)s$/.exec(args[args.indexOf(flag) + 1] ?? '')?.[1]);
  assert.ok(seconds > 0, `${flag} in ${args.join(' ')}`);
  return seconds;
}

const grace = pod.terminationGracePeriodSeconds!;

test('the hook and the time to stop together are shorter than the grace period', () => {
  const [program, seconds, ...others] = preStop;
  assert.deepEqual([program, others], ['sleep', []]);
  assert.ok(Number(seconds) > 0 && Number(seconds) + secondsOf(container.args!, '--stop-timeout') < grace);
});

test('without a hook, the delay, the time to stop and the grace period are each longer than the one before', () => {
  const [args = [], ...others] = withoutHook;
  assert.deepEqual(others, []);
  const [delay, timeout] = [secondsOf(args, '--stop-delay'), secondsOf(args, '--stop-timeout')];
  assert.ok(delay < timeout && timeout < grace);
  // The options take them.
  const { options } = new Primary({
    app: app('http.cjs'),
    stopDelayMs: delay * 1_000,
    stopTimeoutMs: timeout * 1_000,
  });
  assert.deepEqual([options.stopDelayMs, options.stopTimeoutMs], [delay * 1_000, timeout * 1_000]);
  // Who asks the probe itself has noticed when it is over.
  const { periodSeconds, failureThreshold } = container.readinessProbe!;
  assert.ok(periodSeconds! * failureThreshold! < delay);
});

test('the page has the action that newer clusters have, and it sleeps for as long', () => {
  const [text, ...others] = blocksOf(page)
    .filter(({ text }) => text.startsWith('lifecycle:'))
    .map(({ text }) => text);
  assert.deepEqual(others, []);
  const { lifecycle } = parse(text ?? '') as { lifecycle: { preStop: { sleep: { seconds: number } } } };
  assert.equal(lifecycle.preStop.sleep.seconds, Number(preStop[1]));
  new ContainerModel({ ...container, lifecycle }).validate();
});

/** Resolves when it serves the page's app. `more`: what stands behind its text. */
async function start(t: TestContext, args: readonly string[], more = ''): Promise<Container> {
  const env = Object.fromEntries(container.env!.map(({ name, value }) => [name, value ?? '']));
  const directory = installedApp(t, page);
  appendFileSync(path.join(directory, 'app.js'), more);
  const started = await Container.start(t, { directory, env, command: [...container.command!, ...args] });
  await until(async () => (await succeeding(started)).length === probes.length, 'all probes succeed');
  return started;
}

function succeeds(started: Container, url: string): Promise<boolean> {
  return started.exec(['curl', '-fsS', url]).then(
    () => true,
    () => false,
  );
}

/** The names of the probes that succeed. */
async function succeeding(started: Container): Promise<string[]> {
  const names: string[] = [];
  for (const { name, url } of probes) if (await succeeds(started, url)) names.push(name);
  return names;
}

/** Whether the app answers. */
function ask(started: Container): Promise<boolean> {
  return succeeds(started, `http://127.0.0.1:${portOf('http')}/`);
}

test(
  'its probes succeed, and readiness alone fails while it stops and is served without a hook',
  { skip: withoutContainer },
  async (t) => {
    const started = await start(t, withoutHook[0]!);
    assert.ok(await ask(started));
    started.signal('SIGTERM');
    const isReady = async (): Promise<boolean> => (await succeeding(started)).includes('readinessProbe');
    await until(async () => !(await isReady()), 'it is not ready');
    assert.deepEqual(await succeeding(started), ['livenessProbe']);
    assert.ok(await ask(started));
  },
);

const closesAtTerm = "process.on('SIGTERM', () => server.close());\n";

// The kubelet runs the hook in the container, and sends TERM when it has ended.
test(
  'an app that closes its server at SIGTERM is served while the hook runs',
  { skip: withoutContainer },
  async (t) => {
    const started = await start(t, container.args!, closesAtTerm);
    const over = new AbortController();
    const hook = started.exec(preStop).finally(() => over.abort());
    const answers: boolean[] = [];
    while (!over.signal.aborted) answers.push(await ask(started));
    await hook;
    assert.ok(answers.length > 1);
    assert.deepEqual(new Set(answers), new Set([true]));
    started.signal('SIGTERM');
    assert.equal(await started.exited, 0, started.output);
  },
);

test(
  'without a hook, an app that closes its server at SIGTERM is gone before the delay is over',
  { skip: withoutContainer },
  async (t) => {
    const started = await start(t, withoutHook[0]!, closesAtTerm);
    const from = performance.now();
    started.signal('SIGTERM');
    assert.equal(await started.exited, 0, started.output);
    assert.ok(performance.now() - from < secondsOf(withoutHook[0]!, '--stop-delay') * 1_000);
  },
);
