// The admin server's page, in a browser.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import type { Primary } from '@baton/core';
import type { Browser } from 'playwright-core';
import { launchBrowser, withoutBrowser } from './browser.js';
import { askWhile, httpRequest } from './client.js';
import { app, portOf, root, startPrimary, temporaryDirectory, until } from './harness.js';
import { verdictOf } from './made-up-page.js';
import { adminUrl, number, open, untilEvent, untilRows, type Opened } from './open-status-page.js';

const options = { skip: withoutBrowser, timeout: 40_000 };

let browser: Browser;
before(async () => {
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(() => browser?.close());

test('the page of a primary under load: rows, figures, a crash, a reload', options, async (t) => {
  const directory = temporaryDirectory(t);
  const throwsIf = path.join(directory, 'throws');
  const primary = await startPrimary(t, {
    app: app('listens-unless.cjs'),
    workers: 2,
    metrics: { port: 0 },
    env: { ...process.env, THROWS_IF: throwsIf },
  });
  const pids = (): string[] => primary.snapshot().workers.map(({ pid }) => String(pid));
  const { page, wrong } = await open(t, browser, adminUrl(primary));
  await askWhile(portOf(primary), 8, async () => {
    const first = pids();
    await untilRows(page, 'both slots are shown', (rows) => {
      return (
        rows.every((row) => row['State'] === 'ready') && rows.map((row) => row['Pid']).join() === first.join()
      );
    });
    await until(async () => (await number(page, 'Accepted/s')) > 0, 'a rate');
    await untilRows(page, 'figures of the last interval', (rows) => {
      return rows.every(
        (row) =>
          Number(row['Handoffs/s']?.replaceAll(',', '')) > 0 &&
          Number(row['Requests/s']?.replaceAll(',', '')) > 0 &&
          /^>? ?\d.* .?s$/.test(row['Latency p99'] ?? '') &&
          /^>? ?\d.* .s$/.test(row['Handoff p99'] ?? '') &&
          /^\d+ %$/.test(row['Loop busy'] ?? '') &&
          row['Memory']?.endsWith('MiB') === true,
      );
    });
    await until(async () => (await number(page, 'Requests in flight')) > 0, 'requests in flight');
    const accepted = page.locator('#listeners tbody td').nth(1);
    const address = await page.locator('#listeners tbody th').first().textContent();
    assert.equal(address, `127.0.0.1:${portOf(primary)}`);
    const before = await accepted.textContent();
    await until(async () => (await accepted.textContent()) !== before, 'the listener accepts more');

    process.kill(Number(first[0]), 'SIGKILL');
    await untilEvent(page, new RegExp(`crash.*slot 0: pid ${first[0]} ended by SIGKILL`));
    await untilEvent(page, /restart.*slot 0: pid \d+ was started/);
    await untilRows(page, 'the restart is in its row', ([row]) => {
      return row?.['Restarts'] === '1' && row['State'] === 'ready' && row['Pid'] === pids()[0];
    });

    const reloaded = primary.reload();
    await untilRows(page, 'a slot has two workers', (rows) => {
      const slots = rows.map((row) => `${row['Slot']} ${row['Gen.']}`);
      return rows.length === 3 && slots.some((slot) => slot.endsWith('2'));
    });
    await untilEvent(page, /reload started/);
    await reloaded;
    await untilEvent(page, /reload done.*to generation 2, in/);
    await untilRows(page, 'each slot has one again', (rows) => {
      return rows.length === 2 && rows.every((row) => row['Gen.'] === '2');
    });

    writeFileSync(throwsIf, '');
    await assert.rejects(primary.reload());
    await untilEvent(page, /reload failed.*0 of 2 workers were replaced.*<b>not today<\/b>/s);
  });
  const bars = page.locator('#histogram rect');
  const heights = await bars.evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute('height'))));
  assert.equal(heights.length, 17);
  assert.ok(Math.max(...heights) > 50, String(heights));
  assert.match(
    (await page.locator('#histogram').getAttribute('aria-label')) ?? '',
    /p50 [\d.]+\s.s, p99 >?\s?\d/,
  );
  const ticks = await page.locator('#histogram text:not(.share)').allTextContents();
  assert.deepEqual(
    ticks.map((tick) => tick.replaceAll('\u00a0', ' ')),
    ['10 µs', '80 µs', '640 µs', '5.1 ms', '41 ms', '328 ms'],
  );
  assert.deepEqual(wrong, []);
});

test('readable in light and dark, at 360 and 1600 pixels', options, async (t) => {
  const primary = await startPrimary(t, {
    app: app('crashes.cjs'),
    workers: 2,
    metrics: { port: 0 },
    probationMs: 0,
  });
  const url = adminUrl(primary);
  const { page, wrong } = await open(t, browser, url);
  await httpRequest(`http://127.0.0.1:${portOf(primary)}/`);
  const crashed = once(primary, 'worker');
  process.kill(primary.snapshot().workers[0]?.pid ?? 0, 'SIGKILL');
  await crashed;
  await primary.reload();
  await untilEvent(page, /reload done/);
  await page.locator('summary').click();
  const lowContrast = readFileSync(path.join(root, 'test/browser/low-contrast.js'), 'utf8');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [360, 1600]) {
      await page.setViewportSize({ width, height: 800 });
      const { checked, low } = await page.evaluate<{ checked: number; low: unknown[] }>(lowContrast);
      assert.ok(checked > 80, String(checked));
      assert.deepEqual(low, [], `${colorScheme}, ${width} pixels`);
      const scrollWidth = await page.evaluate<number>('document.documentElement.scrollWidth');
      assert.ok(scrollWidth <= width, `${scrollWidth} of ${width} pixels`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('what looks like markup is shown as text', options, async (t) => {
  const directory = path.join(temporaryDirectory(t), '<script>document.title="run"<');
  mkdirSync(directory);
  const file = path.join(directory, 'script><img src=x onerror=alert(1)>.cjs');
  for (const name of ['http.cjs', 'answer.cjs'])
    copyFileSync(app(name), name === 'http.cjs' ? file : path.join(directory, name));
  const primary = await startPrimary(t, { app: file, workers: 1, metrics: { port: 0 } });
  const { page, wrong } = await open(t, browser, adminUrl(primary));
  assert.equal(await page.locator('#app').textContent(), file);
  assert.equal(await page.locator('h1').textContent(), 'script><img src=x onerror=alert(1)>.cjs');
  assert.equal(await page.locator('script').count(), 1);
  assert.equal(await page.locator('img').count(), 0);
  assert.notEqual(await page.title(), 'run');
  assert.deepEqual(wrong, []);
});

test('a primary that is gone is told of, and the next is shown', options, async (t) => {
  const start = (t: TestContext, port: number): Promise<Primary> =>
    startPrimary(t, { app: app('http.cjs'), workers: 1, metrics: { port } });
  let opened: (Opened & { url: string }) | undefined;
  await t.test('one is there', async (t1) => {
    const url = adminUrl(await start(t1, 0));
    opened = { url, ...(await open(t, browser, url)) };
    assert.equal(await opened.page.locator('#connection').textContent(), 'Live');
  });
  assert.ok(opened);
  const { page, url, wrong } = opened;
  const connection = page.locator('#connection');
  await connection.filter({ hasText: 'No answer' }).waitFor();
  await page
    .locator('#verdict')
    .filter({ hasText: /has not answered for .*No answer; trying again\./s })
    .waitFor();
  assert.match(await page.title(), /^The primary does not answer – /);
  const next = await start(t, Number(new URL(url).port));
  await connection.filter({ hasText: /^Live$/ }).waitFor();
  await untilRows(page, 'its worker is shown', ([row]) => {
    return row?.['Pid'] === String(next.snapshot().workers[0]?.pid);
  });
  assert.doesNotMatch(await page.title(), /not answer/);
  assert.match(await verdictOf(page), /^All is well: 1 of 1 worker serves$/);
  // What the browser itself says of requests that fail.
  assert.deepEqual(
    wrong.filter((text) => !/ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE)/.test(text)),
    [],
  );
});

test('nothing is asked for while the page is hidden', options, async (t) => {
  const primary = await startPrimary(t, { app: app('http.cjs'), workers: 1, metrics: { port: 0 } });
  const { page, wrong } = await open(t, browser, adminUrl(primary), (page) => page.clock.install());
  let asked = 0;
  page.on('request', () => (asked += 1));
  const hide = (isHidden: boolean): Promise<unknown> =>
    page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
      document.dispatchEvent(new Event('visibilitychange'))`);
  await hide(true);
  // What was under way.
  await page.evaluate('fetch("livez").then((response) => response.text())');
  asked = 0;
  await page.clock.runFor(30_000);
  assert.equal(asked, 0);
  const again = page.waitForRequest(/\/status$/);
  await hide(false);
  await again;
  assert.deepEqual(wrong, []);
});

test('a policy for the page alone, and headers for all', async (t) => {
  const primary = await startPrimary(t, { app: app('http.cjs'), workers: 1, metrics: { port: 0 } });
  const page = await httpRequest(adminUrl(primary));
  const policy = String(page.headers['content-security-policy']);
  assert.match(
    policy,
    /^default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:;/,
  );
  assert.doesNotMatch(policy, /unsafe|https?:/);
  const script = await httpRequest(new URL('page/main.js', adminUrl(primary)));
  assert.equal(script.headers['content-type'], 'text/javascript; charset=utf-8');
  for (const { headers } of [page, script, await httpRequest(new URL('status', adminUrl(primary)))]) {
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cache-control'], 'no-store');
  }
});
