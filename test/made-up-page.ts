// The status page of a primary that is made up, in a browser whose clock the test moves.
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { PrimaryStatus } from '@baton/core';
import type { Browser, Locator, Page } from 'playwright-core';
import { root, until } from './harness.js';
import { changedAfterSeconds, madeUpStatus, type StateName } from './made-up-statuses.js';
import { open, type Opened } from './open-status-page.js';

const { AdminServer } = (await import(
  path.join(root, 'packages/core/dist/metrics/admin-server.js')
)) as typeof import('../packages/core/dist/metrics/admin-server.js');

/** How often the page asks here, in its time. */
const stepMs = 2_000;

export interface MadeUpPage extends Opened {
  /** The primary goes on for so long, and the page sees it. */
  run: (seconds: number) => Promise<void>;
  /** The primary's server goes. */
  stop: () => Promise<void>;
}

/** Opens the page when all is well, or at another moment. `adapt`: what else is so. */
export async function openMadeUp(
  t: TestContext,
  browser: Browser,
  name: StateName,
  adapt: (status: PrimaryStatus) => void = () => {},
  from = 0,
): Promise<MadeUpPage> {
  let seconds = from;
  const status = (): PrimaryStatus => {
    const made = madeUpStatus(name, seconds);
    adapt(made);
    return made;
  };
  const snapshot = (): never => {
    throw new Error('The page asks for nothing that needs a snapshot.');
  };
  const options = { minReady: 1, stalledTimeoutMs: 0, gatherTimeoutMs: 1_000 };
  const watched = { status, snapshot, appMetrics: () => Promise.resolve([]), options };
  const server = new AdminServer({ host: '127.0.0.1', port: 0 }, watched, false);
  await server.start(() => {});
  const stop = (): Promise<void> => server.stop();
  t.after(stop);
  const opened = await open(t, browser, `${server.url}/`, stopClock);
  const { page } = opened;
  const shown = page.locator('#listeners tbody td').nth(1);
  const run = async (more: number): Promise<void> => {
    for (const end = seconds + more; seconds < end;) {
      seconds += stepMs / 1_000;
      await page.clock.fastForward(stepMs);
      const accepted = String(status().listeners[0]?.accepted);
      await until(
        async () => (await shown.textContent())?.replaceAll(',', '') === accepted,
        'the answer is shown',
      );
    }
  };
  return { ...opened, run, stop };
}

/** From here on it moves by what the test says alone. */
async function stopClock({ clock }: Page): Promise<void> {
  const time = Date.now();
  await clock.install({ time });
  await clock.pauseAt(time + 10_000);
}

/** Opens the page, and lets it see five minutes, at the end of which the state is so. */
export async function openInState(
  t: TestContext,
  browser: Browser,
  name: StateName,
  adapt?: (status: PrimaryStatus) => void,
): Promise<MadeUpPage> {
  const opened = await openMadeUp(t, browser, name, adapt);
  await opened.run(changedAfterSeconds + 6);
  return opened;
}

/** As a reader sees it: a space is a space. */
export async function textOf(locator: Locator): Promise<string> {
  return ((await locator.textContent()) ?? '').replaceAll('\u00a0', ' ').trim();
}

export function verdictOf(page: Page): Promise<string> {
  return textOf(page.locator('#verdict-text'));
}
