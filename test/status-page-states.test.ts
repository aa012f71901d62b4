// What the status page says of each state that a primary can be in. Pictures of all are kept in test/pictures/, for
// `scripts/status-contact-sheet.js` and for people: no test compares them.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, withoutBrowser } from './browser.js';
import { root } from './harness.js';
import { openInState, openMadeUp, textOf, verdictOf } from './made-up-page.js';
import { changedAfterSeconds, stateNames, type StateName } from './made-up-statuses.js';

const options = { skip: withoutBrowser, timeout: 120_000 };
const pictures = path.join(root, 'test/pictures');
const widths = [390, 768, 1280];
const schemes = ['light', 'dark'] as const;

const inPage = (name: string): string => readFileSync(path.join(root, 'test/browser', name), 'utf8');
const lowContrast = inPage('low-contrast.js');
const brokenUnits = inPage('broken-units.js');

let browser: Browser;
before(async () => {
  mkdirSync(pictures, { recursive: true });
  if (withoutBrowser === false) browser = await launchBrowser();
});
after(() => browser?.close());

interface Expected {
  level: 'good' | 'news' | 'warn' | 'bad';
  /** The line at the top. */
  says: RegExp;
  /** What is read aloud: nothing that changes each second. */
  said: string;
  /** Beneath it. */
  details: RegExp[];
  /** The title of the page, which a tab shows. */
  title: string;
  /** Of each row of the slots: its state. */
  states: string[];
}

const crash =
  /crashe[sd].* at (\d+ \w+, )?\d\d:\d\d:\d\d: pid \d+ ended with exit code 1: TypeError: Cannot read properties/;
const ready = ['ready', 'ready', 'ready'];

const expected: Record<StateName, Expected> = {
  well: {
    level: 'good',
    says: /^All is well: 3 of 3 workers serve$/,
    said: 'All is well: 3 of 3 workers serve',
    details: [],
    title: 'shop – Baton',
    states: ready,
  },
  'one crashed': {
    level: 'bad',
    says: /^2 of 3 workers serve; slot 1 crashed, next try in < 1 s$/,
    said: '2 of 3 workers serve; slot 1 crashed',
    details: [crash],
    title: '2 of 3 workers serve – shop – Baton',
    states: ['ready', 'crashed, next try in < 1 s', 'ready'],
  },
  'crash loop': {
    level: 'bad',
    says: /^2 of 3 workers serve; slot 1 crashes again and again, next try in 12 s$/,
    said: '2 of 3 workers serve; slot 1 crashes again and again',
    details: [crash],
    title: '2 of 3 workers serve – shop – Baton',
    states: ['ready', 'crashed, next try in 12 s', 'ready'],
  },
  stalled: {
    level: 'bad',
    says: /^2 of 3 workers serve; slot 2 is stalled, for 6 s$/,
    said: '2 of 3 workers serve; slot 2 is stalled',
    details: [/is blocked: its clients wait/],
    title: '2 of 3 workers serve – shop – Baton',
    states: ['ready', 'ready', 'stalled, for 6 s'],
  },
  draining: {
    level: 'news',
    says: /^All is well: 3 of 3 workers serve; reload to generation 4, 2 of 3 replaced; 1 worker is draining, with 12 connections left$/,
    said: 'All is well: 3 of 3 workers serve; reload to generation 4; 1 worker is draining',
    details: [],
    title: 'shop – Baton',
    states: ['ready', 'ready', 'draining', 'ready'],
  },
  probation: {
    level: 'news',
    says: /^All is well: 3 of 3 workers serve; reload to generation 4, 1 of 3 replaced; slot 1’s new worker is on probation, 4 s left$/,
    said: 'All is well: 3 of 3 workers serve; reload to generation 4; slot 1’s new worker is on probation',
    details: [],
    title: 'shop – Baton',
    states: ['ready', 'ready', 'probation, 4 s left', 'ready'],
  },
  'primary gone': {
    level: 'bad',
    says: /^The primary has not answered for 8 s$/,
    said: 'The primary does not answer',
    details: [/^No answer; trying again\. Everything below is from \d\d:\d\d:\d\d\.$/],
    title: 'The primary does not answer – shop – Baton',
    states: ready,
  },
  'no worker at all': {
    level: 'bad',
    says: /^No worker serves; slots 0, 1 and 2 crash again and again, next try in 3 s; \d{3} connections wait$/,
    said: 'No worker serves; slots 0, 1 and 2 crash again and again; connections wait',
    details: [/^Slots 0, 1 and 2: 18 crashes within 2 min, the last at .* pid 7052 ended/],
    title: 'No worker serves – shop – Baton',
    states: ['crashed, next try in 3 s', 'crashed, next try in 4 s', 'crashed, next try in 5 s'],
  },
};

for (const name of stateNames) {
  test(`${name}: what the page says, readable at each width, in light and dark`, options, async (t) => {
    const { page, run, stop, wrong } = await openInState(t, browser, name);
    if (name === 'primary gone') {
      await stop();
      for (let second = 0; second < 9 && !expected[name].says.test(await verdictOf(page)); second += 1)
        await page.clock.runFor(1_000);
    }
    const { level, says, said, details, title, states } = expected[name];
    const state = page.getByRole('region', { name: 'State' });
    await page.locator(`#verdict[data-level=${level}]`).waitFor();
    assert.match(await verdictOf(page), says);
    assert.equal(await textOf(page.getByRole('status')), said);
    assert.equal((await page.title()).replaceAll('\u00a0', ' '), title);
    const told = await state.getByRole('listitem').allTextContents();
    assert.equal(told.length, details.length, told.join('\n'));
    for (const [index, detail] of details.entries())
      assert.match((told[index] ?? '').replaceAll('\u00a0', ' '), detail);
    assert.deepEqual(await statesIn(page), states);
    assert.equal(
      await page.locator('#connection').textContent(),
      name === 'primary gone' ? 'No answer' : 'Live',
    );
    if (name === 'primary gone') assert.deepEqual(await filledDots(page), []);
    else await run(2);
    await isReadable(page, name);
    assert.deepEqual(
      wrong.filter((text) => name !== 'primary gone' || !/ERR_CONNECTION_/.test(text)),
      [],
    );
  });
}

/** Of each row of the slots: the state, and how long that lasts. */
async function statesIn(page: Page): Promise<string[]> {
  const rows = await page.getByRole('table', { name: 'Slots' }).getByRole('row').all();
  return Promise.all(
    rows.slice(1).map(async (row) => {
      const [word, more] = await row.getByRole('cell').first().locator('span').allTextContents();
      return [word, more].filter(Boolean).join(', ').replaceAll('\u00a0', ' ');
    }),
  );
}

/** Where nobody knows what is so, no dot has the colour of what was. */
function filledDots(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('#figures .dot')]
    .map((dot) => getComputedStyle(dot, '::before').backgroundColor)
    .filter((colour) => colour !== 'rgba(0, 0, 0, 0)')`);
}

async function isReadable(page: Page, name: string): Promise<void> {
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of widths) {
      const where = `${colorScheme}, ${width} pixels`;
      await page.setViewportSize({ width, height: 900 });
      const { checked, low } = await page.evaluate<{ checked: number; low: unknown[] }>(lowContrast);
      assert.ok(checked > 120, String(checked));
      assert.deepEqual(low, [], where);
      const units = await page.evaluate<{ checked: number; broken: string[] }>(brokenUnits);
      assert.ok(units.checked > 15, String(units.checked));
      assert.deepEqual(units.broken, [], where);
      await fits(page, width);
      const file = `${name.replaceAll(' ', '-')}-${width}-${colorScheme}.png`;
      await page.screenshot({ path: path.join(pictures, file), fullPage: true });
    }
  }
  // Where another layout begins, and beyond.
  for (const width of [320, 480, 481, 1_023, 1_151, 1_152, 1_920]) {
    await page.setViewportSize({ width, height: 900 });
    await fits(page, width);
  }
}

async function fits(page: Page, width: number): Promise<void> {
  const scrollWidth = await page.evaluate<number>('document.documentElement.scrollWidth');
  assert.ok(scrollWidth <= width, `${scrollWidth} of ${width} pixels`);
}

test('the plots: figures beside them, in words, and drawn over five minutes', options, async (t) => {
  const { page, wrong } = await openInState(t, browser, 'well');
  const plots = {
    rate: /^Requests a second, over the last 5 minutes: now \d{3}, least \d{3}, most \d{3}$/,
    errors: /^Errors a second, over the last 5 minutes: now .+, least .+, most \d+$/,
    duration:
      /^99 of 100 requests took at most, over the last 5 minutes: now 32 ms, least 32 ms, most 256 ms$/,
  };
  for (const [id, says] of Object.entries(plots)) {
    const plot = page.locator(`#${id}`).getByRole('img');
    assert.match(((await plot.getAttribute('aria-label')) ?? '').replaceAll('\u00a0', ' '), says);
    const { width } = (await plot.boundingBox()) ?? { width: 0 };
    const drawn = await plot
      .locator('.line')
      .first()
      .evaluate((line) => (line as unknown as { getBBox(): { width: number } }).getBBox().width);
    assert.ok(drawn > (width - 50) * 0.9, `${drawn} of ${width} pixels`);
  }
  assert.match(await textOf(page.locator('#rate .value')), /^\d{3}$/);
  assert.match(await textOf(page.locator('#errors .aside')), /^< 1 % of requests$/);
  assert.equal(await textOf(page.locator('#duration .value.p50')), '4.0 ms');
  assert.deepEqual(wrong, []);
});

test('where requests are not counted, the page says why it shows none', options, async (t) => {
  const { page, run, wrong } = await openMadeUp(t, browser, 'well', ({ workers }) => {
    for (const worker of workers) delete worker.http;
  });
  await run(2);
  assert.ok(await page.getByText('the primary does not count requests').isVisible());
  assert.ok(!(await page.locator('#requests').isVisible()));
  assert.equal(await page.getByRole('columnheader', { name: 'Requests/s' }).count(), 0);
  assert.equal(await page.getByRole('columnheader', { name: 'Handoffs/s' }).count(), 1);
  assert.equal(await verdictOf(page), 'All is well: 3 of 3 workers serve');
  assert.deepEqual(wrong, []);
});

test(
  'of events that are alike, one is shown, with how often; more than ten on demand',
  options,
  async (t) => {
    const { page } = await openMadeUp(
      t,
      browser,
      'crash loop',
      ({ events }) => {
        const at = events[0]?.at ?? 0;
        for (let generation = 4; generation < 24; generation += 1)
          events.unshift({
            at,
            kind: 'reload-done',
            generation,
            text: `to generation ${generation}, in 9.4 s`,
          });
      },
      changedAfterSeconds,
    );
    const events = page.locator('#events').getByRole('listitem');
    assert.equal(await events.count(), 10);
    assert.match(await textOf(events.first()), /crash *slot 1: pid 6077 ended .* ×8 since \d\d:\d\d:\d\d$/);
    assert.match(await textOf(events.nth(1)), /restart *slot 1: pid 6077 was started ×7 since/);
    const more = page.getByRole('button', { name: 'Show 14 more' });
    await more.focus();
    await page.keyboard.press('Enter');
    assert.equal(await events.count(), 24);
    assert.ok(await page.getByRole('button', { name: 'Show the last 10 only', expanded: true }).isVisible());
  },
);

test(
  'a primary that accepts but does not answer is told of, though no request has failed yet',
  options,
  async (t) => {
    const { page, run } = await openMadeUp(t, browser, 'well');
    await run(4);
    await page.route('**/status', () => {});
    await page.clock.runFor(4_000);
    assert.match(await verdictOf(page), /^The primary has not answered for [345] s$/);
  },
);

test('a primary that has never answered is told of, and why', options, async (t) => {
  const { page } = await openMadeUp(t, browser, 'well');
  await page.route('**/status', (route) => route.fulfill({ status: 500 }));
  await page.reload();
  await page.locator('#verdict[data-level=bad]').waitFor();
  assert.equal(await verdictOf(page), 'The primary has not answered yet');
  assert.equal(await textOf(page.locator('#verdict-details')), 'It answers with status 500; trying again.');
  assert.ok(!(await page.getByRole('table', { name: 'Slots' }).isVisible()));
});

test(
  'the keyboard reaches all there is to do, and is seen where it is; nothing moves for who wants it so',
  options,
  async (t) => {
    const { page } = await openMadeUp(t, browser, 'crash loop', undefined, changedAfterSeconds);
    const focused = `(() => {
    const { activeElement: element } = document;
    return { text: element.textContent.trim(), outline: getComputedStyle(element).outlineStyle };
  })()`;
    const reached = [];
    for (let press = 0; press < 3; press += 1) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate<{ text: string; outline: string }>(focused));
    }
    assert.deepEqual(reached, [
      { text: 'As a table', outline: 'solid' },
      { text: '/status', outline: 'solid' },
      { text: '/metrics', outline: 'solid' },
    ]);
    const motion = `[...document.querySelectorAll('*')].filter((element) => {
    const { transitionDuration, animationName } = getComputedStyle(element);
    return transitionDuration !== '0s' || animationName !== 'none';
  }).length`;
    assert.ok((await page.evaluate<number>(motion)) > 0);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    assert.equal(await page.evaluate(motion), 0);
  },
);
