// Requests under way count when a worker is chosen, not only connections.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SlotFigures } from '@baton/core';
import { app, portOf, startPrimary, until } from './harness.js';
import { RawClients, type RawClient } from './raw-client.js';

const each = 20;
const spacingMs = 50;
const isBusy = ({ requests }: SlotFigures): boolean => requests === each;

interface Connected {
  client: RawClient;
  pid: number;
}

/** Clients with a connection that was used, and stays open, by the worker that has it: so many for each of two. */
async function openEach(connect: () => Promise<Connected>): Promise<Map<number, RawClient[]>> {
  const byPid = new Map<number, RawClient[]>();
  for (let opened = 0; [...byPid.values()].flat().length < 2 * each; opened++) {
    assert.ok(opened < 20 * each, 'both workers get connections');
    const { client, pid } = await connect();
    const clients = byPid.get(pid) ?? [];
    byPid.set(pid, clients);
    if (clients.length < each) clients.push(client);
    else await client.destroy();
  }
  return byPid;
}

test('least-loaded: new connections keep away from the worker that has all requests under way', async (t) => {
  const all = new RawClients(t);
  const primary = await startPrimary(t, { app: app('holds.cjs'), workers: 2, policy: 'least-loaded' });
  const connect = async (): Promise<Connected> => {
    const client = await all.connect(portOf(primary));
    const { pid } = await client.ask();
    return { client, pid };
  };
  const byPid = await openEach(connect);
  const [[busy, clients] = assert.fail('there are workers')] = byPid;
  for (const client of clients) client.send('GET /held HTTP/1.1\r\nHost: a\r\n\r\n');
  const slots = (): SlotFigures[] => primary.snapshot().slots;
  await until(
    () => slots().every(({ connections }) => connections === each) && slots().some(isBusy),
    'all are under way',
  );
  let toOther = 0;
  for (let i = 0; i < each; i++) {
    // They come one at a time, to workers whose event loops wait.
    await new Promise((resolve) => setTimeout(resolve, spacingMs));
    const { pid } = await connect();
    if (pid !== busy) toOther += 1;
  }
  assert.ok(slots().some(isBusy), 'they are under way still');
  process.kill(busy, 'SIGUSR2');
  for (const client of clients) assert.equal((await client.answer()).pid, busy);
  assert.ok(toOther >= 15, `${toOther} of ${each} went to the worker without requests`);
});
