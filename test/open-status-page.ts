// What tests see of the status page.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Primary } from '@baton/core';
import type { Browser, Page } from 'playwright-core';
import { until } from './harness.js';

export interface Opened {
  page: Page;
  /** What went wrong in the page, and requests to elsewhere. */
  wrong: string[];
}

export function adminUrl(primary: Primary): string {
  assert.ok(primary.metricsUrl);
  return new URL('/', primary.metricsUrl).href;
}

/** The page, when it shows slots. `prepare` comes before it is loaded. */
export async function open(
  t: TestContext,
  browser: Browser,
  url: string,
  prepare?: (page: Page) => Promise<void>,
): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  t.after(() => page.close());
  const wrong: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') wrong.push(message.text());
  });
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) wrong.push(request.url());
  });
  await prepare?.(page);
  await page.goto(url);
  await page.locator('#slots tbody tr').first().waitFor();
  return { page, wrong };
}

/** The text of each cell of each row of the slots, by its column. */
async function slotRows(page: Page): Promise<Record<string, string>[]> {
  const rows = await page
    .locator('#slots tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.children].map((cell) => [cell.getAttribute('data-head') ?? '', cell.textContent ?? '']),
      ),
    );
  return rows.map((row) => {
    const cells = row.map(([name, text]) => [name, text?.replaceAll('\u00a0', ' ')]);
    return Object.fromEntries(cells) as Record<string, string>;
  });
}

/** Waits until the rows of the slots are so. The page looks once a second. */
export function untilRows(
  page: Page,
  what: string,
  isSo: (rows: Record<string, string>[]) => boolean,
): Promise<void> {
  return until(async () => isSo(await slotRows(page)), what);
}

export function untilEvent(page: Page, text: RegExp): Promise<void> {
  return page.locator('#events li').filter({ hasText: text }).first().waitFor({ timeout: 10_000 });
}

/** One of the figures of all slots. */
export async function number(page: Page, label: string): Promise<number> {
  const value = page.locator('#totals > div').filter({ hasText: label }).locator('dd');
  return Number((await value.textContent())?.replaceAll(',', ''));
}
