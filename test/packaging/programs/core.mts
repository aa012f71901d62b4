// An app in code, and a configuration: what TypeScript is to accept, and what not.
import { BatonError, Primary, type BatonConfig, type PrimaryOptions } from '@baton/core';
import { BatonError as ErrorOfWorkers, exposeMetrics, keep, ready, worker } from '@baton/core/worker';
import '@baton/core/register';

export default { app: 'server.js', workers: 'max', drainTimeoutMs: '1m' } satisfies BatonConfig;

// @ts-expect-error: no such setting
export const unknown: BatonConfig = { wrokers: 2 };
// @ts-expect-error: no such value
export const wrong: BatonConfig = { policy: 'random' };

const options: PrimaryOptions = { app: 'server.js', workers: 2 };
const primary = new Primary(options);
// @ts-expect-error: no app
export const none = new Primary({ workers: 2 });
primary.on('worker', ({ pid, slot }) => {
  const numbers: (number | undefined)[] = [pid, slot];
  return numbers;
});
// @ts-expect-error: the event has an object
primary.on('worker', (state: string) => state);

const takeBack: () => void = worker.whenDrained(async () => {});
worker.on('draining', (timeoutMs) => timeoutMs.toFixed());
ready();
export const functions = [exposeMetrics, keep, takeBack];

export async function start(): Promise<number> {
  try {
    await primary.start();
  } catch (error) {
    if (error instanceof BatonError || error instanceof ErrorOfWorkers)
      return error.code === 'BATON_NO_APP' ? 1 : 2;
  }
  return primary.snapshot().slots.length;
}
