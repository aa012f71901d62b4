import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { renderStatus } from '#core/cli/status-view.js';
import { workerStates } from '#core/metrics/snapshot.js';
import type { PrimaryStatus } from '#core/status.js';
import { bigWorker, histogram, http, primary, sample, worker } from '../made-up.js';

const narrow = { columns: 80, colours: false };
const wide = { columns: 120, colours: false };
const hour = 3_600_000;

const workers = [
  worker(0, {
    generation: 2,
    directory: '/srv/releases/7',
    pid: 4_301,
    ageMs: 3 * hour,
    connections: 12,
    requests: 3,
    handoffs: 100,
    latency: histogram({ 3: 98, 8: 2 }),
    http: http({ 3: 980, 8: 20 }, { failed: 2, aborted: 3, lost: 1 }),
  }),
  worker(0, { generation: 3, directory: '/srv/releases/8', pid: 4_350, state: 'starting', requests: 1 }),
  worker(1, {
    directory: '/srv/releases/7',
    pid: 4_302,
    state: 'crashed',
    restarts: 5,
    restartInMs: 12_400,
    ageMs: 4_000,
    residentBytes: undefined,
    handoffs: 7,
    latency: histogram({ 1: 7 }),
  }),
];

const busy = primary(workers, {
  name: 'shop',
  app: 'server.js',
  slots: 2,
  generation: 3,
  metricsUrl: 'http://127.0.0.1:22866/metrics',
  listeners: [
    { listener: '127.0.0.1:3000', accepted: 107, waiting: 1, queued: 4 },
    { listener: '/run/shop.sock', accepted: 0, waiting: 0, queued: 0 },
    { listener: '[::1]:0', addresses: ['[::1]:40123'], accepted: 0, waiting: 0, queued: 0 },
    {
      listener: '0.0.0.0:0',
      addresses: ['0.0.0.0:40124', '0.0.0.0:40125'],
      accepted: 0,
      waiting: 0,
      queued: 0,
    },
  ],
  reload: { state: 'running', generation: 3, startedAt: 1_000_000 + 5 * hour - 2_000 },
});

test('a head, and a row for each slot', () => {
  assert.equal(
    renderStatus(sample(busy, 5 * hour), narrow),
    `\
app         server.js (shop)
baton       0.1.0, Node 20.19.0, pid 77, up 5h
handoff     connections, least-loaded
generation  3, reload running for 2s
directory   /srv/releases/7 (generation 2, 1)
            /srv/releases/8 (generation 3)
metrics     http://127.0.0.1:22866/metrics
listening   127.0.0.1:3000  107 accepted, 1 waiting, 4 queued
            /run/shop.sock  0 accepted, 0 waiting, 0 queued
            [::1]:40123  0 accepted, 0 waiting, 0 queued
            0.0.0.0:40124, 0.0.0.0:40125  0 accepted, 0 waiting, 0 queued
slots       1 of 2 ready

                                 ---------- requests ----------         re-
slot state     gen     pid conns   now  total  errs   p50   p99  rss starts  age
  0* ready       2    4301    12     3   1000     3 2.0ms  64ms  48M      0   3h
   * starting, generation 3, pid 4350, 0 connections, 1 request
  1  crashed     1    4302     0     0      –     –     –     –    –      5   4s
     starts again in 12s`,
  );
});

test('where there is room, columns are further apart, and handoffs are shown', () => {
  const one = worker(0, { handoffs: 100, latency: histogram({ 3: 98, 8: 2 }) });
  assert.equal(
    renderStatus(sample(primary([one])), wide)
      .split('\n')
      .slice(-3)
      .join('\n'),
    `\
                                      ------------ requests ------------  ------- handoffs -------           re-
slot  state      gen      pid  conns    now   total   errs    p50    p99     total     p50     p99   rss  starts   age
  0   ready        1     1000      0      0       –      –      –      –       100    80µs   2.6ms   48M       0    1h`,
  );
});

test('in listener handoff, connections are accepted by the workers', () => {
  const listeners = primary([worker(0, { handoffs: 3, ownAccepted: 40 })], { handoff: 'listeners' });
  const lines = renderStatus(sample(listeners), wide).split('\n').slice(-2);
  assert.match(lines[0] ?? '', / accepted     p50     p99 /);
  assert.match(lines[1] ?? '', /       43       –       – /);
});

test('what has no room on a line of 80 columns goes on in the next one', () => {
  const app = '/srv/www/shop/releases/20261128140934-abcdef0123456789/packages/server/dist/main.js';
  const message = `slot 0 ${'could not '.repeat(20)}start`;
  const reload = {
    state: 'failed',
    generation: 2,
    startedAt: 1_000_000,
    endedAt: 1_000_000,
    message,
  } as const;
  const text = renderStatus(sample(primary([worker(0)], { app, reload })), narrow);
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
  const lines = text.split('\n').map((line) => line.slice(12));
  assert.equal(lines.slice(0, 2).join(''), app);
  assert.ok(lines.join(' ').includes(message));
});

test('how the last reload went', () => {
  const lineOf = (reload: NonNullable<PrimaryStatus['reload']>): string | undefined =>
    renderStatus(sample(primary([], { reload }), 600_000), narrow).split('\n')[3];
  const times = { generation: 2, startedAt: 1_000_000 + 100_000, endedAt: 1_000_000 + 112_000 };
  assert.equal(lineOf({ ...times, state: 'done' }), 'generation  1, reload done 8m ago, took 12s');
  assert.equal(
    lineOf({ ...times, state: 'failed', message: 'slot 0:\nno \u001B[1mport' }),
    'generation  1, reload failed 8m ago: slot 0: no port',
  );
});

test('80 columns are enough for big numbers and all states', () => {
  const crowd = workerStates.map((state, index) => bigWorker(195 + index, { state, restartInMs: 30_000 }));
  const pairs = crowd.map(({ slot }) => bigWorker(slot, { state: 'stopped', generation: 1 }));
  const text = renderStatus(sample(primary([...crowd, ...pairs])), narrow);
  assert.match(
    text,
    /^195\* starting 123k 4194304 {2}123k {2}123k {3}1\.2M {2}123k {2}>66s {2}>66s 1\.0G {3}123k 123d$/m,
  );
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
});

test('200 slots are 200 rows', () => {
  const slots = Array.from({ length: 200 }, (_, slot) => worker(slot));
  const lines = renderStatus(sample(primary(slots)), narrow).split('\n');
  assert.equal(lines.filter((line) => / ready /.test(line.slice(3, 12))).length, 200);
  assert.equal(lines.at(-1)?.startsWith('199  ready '), true);
});

test('with colours it is the same text', () => {
  const coloured = renderStatus(sample(busy, 5 * hour), { columns: 80, colours: true });
  assert.ok(coloured.includes('\u001B[32mready\u001B[39m'));
  assert.ok(coloured.includes('\u001B[31mcrashed\u001B[39m'));
  assert.equal(stripVTControlCharacters(coloured), renderStatus(sample(busy, 5 * hour), narrow));
});
