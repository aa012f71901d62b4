// Which metrics of an app with the Fastify plugin are served, by where the clients of Prometheus are installed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { Primary } from '@baton/core';
import { build } from 'esbuild';
import { httpRequest, type HttpResponse } from '../client.js';
import { portOf, startPrimary, temporaryDirectory } from '../harness.js';
import { InstalledPlugin } from './installed-plugin.js';

const names = ['prom-client', '@prometheus-io/client', '@platformatic/prom-client'];
const esm = 'counts-with-clients.mjs';
const cjs = 'counts-with-clients.cjs';

function start(t: TestContext, app: string, env: NodeJS.ProcessEnv): Promise<Primary> {
  return startPrimary(t, {
    app,
    workers: 2,
    policy: 'round-robin',
    probationMs: 0,
    metrics: { port: 0 },
    env: { ...process.env, ...env },
  });
}

function get(primary: Primary, path: string): Promise<HttpResponse> {
  return httpRequest(`http://127.0.0.1:${portOf(primary)}${path}`);
}

/** What both workers together have counted, after four requests. */
async function counts(primary: Primary): Promise<Record<string, number>> {
  for (let request = 0; request < 4; request++) await get(primary, '/');
  const { text } = await get(primary, '/metrics');
  const mine = text.matchAll(/^mine_total\{client="(.*)"\} (\d+)$/gm);
  const requests = text.matchAll(/^(http_request_\w+)_count\{.*route="\/".*\} (\d+)$/gm);
  return Object.fromEntries([...mine, ...requests].map(([, name, value]) => [name, Number(value)]));
}

for (const app of [esm, cjs])
  for (const name of names)
    test(`${app}: it has a copy of ${name}, and the plugin another`, async (t) => {
      const installed = new InstalledPlugin(temporaryDirectory(t));
      installed.install(name);
      installed.install(name, '@baton/fastify-plugin');
      const primary = await start(t, installed.installApp(app), { CLIENTS: name });
      assert.deepEqual(await counts(primary), { [name]: 2, http_request_duration_seconds: 4 });
    });

for (const app of [esm, cjs])
  test(`${app}: what it has not loaded when it is ready is found where it would get it`, async (t) => {
    const installed = new InstalledPlugin(temporaryDirectory(t), true);
    installed.install('prom-client');
    const primary = await start(t, installed.installApp(app), {});
    assert.deepEqual(await counts(primary), { http_request_duration_seconds: 4 });
  });

test('the main file is a link, and the working directory is elsewhere', async (t) => {
  const directory = temporaryDirectory(t);
  const installed = new InstalledPlugin(path.join(directory, 'releases/1'), true);
  installed.install('@platformatic/prom-client');
  const link = path.join(directory, 'server.mjs');
  symlinkSync(installed.installApp(esm), link);
  assert.deepEqual(await counts(await start(t, link, {})), { http_request_duration_seconds: 4 });
});

test('a client that is loaded later is served, too', async (t) => {
  const installed = new InstalledPlugin(temporaryDirectory(t));
  for (const name of names) installed.install(name);
  const primary = await start(t, installed.installApp(cjs), { CLIENTS: names.join(' '), LATE: '1' });
  assert.deepEqual(await counts(primary), { http_request_duration_seconds: 4 });
  for (let worker = 0; worker < 2; worker++) assert.equal((await get(primary, '/count')).text, 'counted');
  // The first to ask has them looked for.
  await get(primary, '/metrics');
  assert.deepEqual(await counts(primary), {
    ...Object.fromEntries(names.map((name) => [name, 2])),
    http_request_duration_seconds: 8,
  });
});

for (const client of ['@prometheus-io/client', '@platformatic/prom-client'])
  for (const order of ['before', 'after'])
    test(`fastify-metrics has ${client} for itself, and comes ${order} Baton's plugin`, async (t) => {
      const installed = new InstalledPlugin(temporaryDirectory(t), true);
      installed.install('prom-client');
      installed.installApart('fastify-metrics', client);
      const app = installed.installApp(esm);
      const primary = await start(t, app, { CLIENTS: 'prom-client', FASTIFY_METRICS: order });
      assert.deepEqual(await counts(primary), {
        'prom-client': 2,
        http_request_duration_seconds: 4,
        http_request_summary_seconds: 4,
      });
    });

/** Bundles of ES modules lack what CommonJS in them asks for. */
const makesRequire =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

for (const [format, js] of [
  ['esm', makesRequire],
  ['cjs', ''],
] as const)
  test(`a bundle, ${format}: it has a copy of the client, and its directory others`, async (t) => {
    const installed = new InstalledPlugin(temporaryDirectory(t));
    installed.install('prom-client');
    installed.install('@prometheus-io/client');
    const entry = installed.installApp('counts-in-bundle.mjs');
    const outfile = path.join(installed.directory, `bundle.${format === 'esm' ? 'mjs' : 'cjs'}`);
    const options = { bundle: true, platform: 'node', format, outfile, banner: { js } } as const;
    const { errors } = await build({ entryPoints: [entry], ...options, logLevel: 'silent' });
    assert.deepEqual(errors, []);
    const primary = await start(t, outfile, {});
    assert.deepEqual(await counts(primary), { '@prometheus-io/client': 2, http_request_duration_seconds: 4 });
  });

/** Tells how registering has ended, without Baton. */
const registers = `
  const Fastify = require('fastify');
  const app = Fastify();
  app.register(require('@baton/fastify-plugin'), JSON.parse(process.argv[1]));
  app.inject('/').then(
    ({ statusCode }) => console.log(String(statusCode)),
    ({ code, message }) => console.log(code, /\\((.*)\\)/.exec(message)[1]),
  );
`;

async function register(directory: string, options: object): Promise<string> {
  const script = ['--no-warnings', '--eval', registers, JSON.stringify(options)];
  const { stdout } = await promisify(execFile)(process.execPath, script, { cwd: directory });
  return stdout.trim();
}

test('no client is installed', async (t) => {
  const { directory } = new InstalledPlugin(temporaryDirectory(t));
  assert.equal(await register(directory, {}), '404');
  assert.equal(await register(directory, { metrics: false }), '404');
  assert.equal(await register(directory, { metrics: true }), 'BATON_METRICS_CLIENT none is installed');
});

test('a client is installed, and cannot be loaded', async (t) => {
  const installed = new InstalledPlugin(temporaryDirectory(t));
  const { directory } = installed;
  const broken = path.join(directory, 'node_modules/prom-client');
  mkdirSync(broken);
  writeFileSync(path.join(broken, 'index.js'), 'require("tdigest");');
  for (const options of [{}, { metrics: true }])
    assert.equal(await register(directory, options), 'BATON_METRICS_CLIENT MODULE_NOT_FOUND');
  installed.install('@platformatic/prom-client');
  assert.equal(await register(directory, { metrics: true }), '404');
});
