// Takes the picture of the status page for the README: the example app under load, a reload, a crash. Build first. Needs chromium
// (Debian's package), and looks as it does in docs/ where Inter is installed (fonts-inter). `--dark` takes the dark one; a path after
// it says where to.
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Primary } from '@baton/core';

const root = path.join(import.meta.dirname, '..');
process.chdir(root);
const { chromium } = createRequire(path.join(root, 'test/package.json'))('playwright-core');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { dark: { type: 'boolean', default: false }, width: { type: 'string', default: '1280' } },
});
const [file = 'docs/status-page.png'] = positionals;
const port = 3000;

const primary = new Primary({
  app: 'examples/fastify/app.js',
  workers: 4,
  name: 'shop',
  env: { ...process.env, PORT: String(port) },
  metrics: { port: 0 },
});

/** Clients that ask all the time, half of them on a connection of its own for each request. */
function load(clients, signal) {
  const kept = new http.Agent({ keepAlive: true });
  const ask = (agent) =>
    new Promise((resolve) => {
      const request = http.get({ port, agent }, (response) => response.resume().on('close', resolve));
      request.on('error', resolve);
    });
  const client = async (_, index) => {
    while (!signal.aborted) {
      await ask(index % 2 === 0 ? kept : false);
      await new Promise((resolve) => setTimeout(resolve, 20 * Math.random()));
    }
  };
  return Promise.all(Array.from({ length: clients }, client)).finally(() => kept.destroy());
}

/** Resolves when a worker of the slot has come to the state. */
async function workerIs(slot, state) {
  for (;;) {
    const [worker] = await once(primary, 'worker');
    if (worker.slot === slot && worker.state === state) return;
  }
}

await primary.start();
const done = new AbortController();
const loaded = load(16, done.signal);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({
    viewport: { width: Number(values.width), height: 800 },
    colorScheme: values.dark ? 'dark' : 'light',
  });
  await page.goto(new URL('/', primary.metricsUrl).href);
  await primary.reload();
  // For the plots to have something to show.
  await page.waitForTimeout(150_000);
  process.kill(primary.snapshot().workers[2].pid, 'SIGKILL');
  await workerIs(2, 'ready');
  const reloaded = primary.reload();
  await workerIs(1, 'ready');
  await page.locator('#slots .second').waitFor();
  // One more answer, so that the rates are of the time after.
  await page.waitForResponse(/status$/);
  await page.waitForFunction('document.querySelector("#slots .second") !== null');
  await page.screenshot({ path: file, fullPage: true, animations: 'disabled' });
  await reloaded;
} finally {
  await browser.close();
  done.abort();
  await loaded;
  await primary.stop();
}
