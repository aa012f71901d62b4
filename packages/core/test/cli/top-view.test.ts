import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { renderTop, type TopView } from '#core/cli/top-view.js';
import { workerStates } from '#core/metrics/snapshot.js';
import type { ListenerStatus } from '#core/status.js';
import { bigWorker, histogram, http, primary, sample, worker } from '../made-up.js';

const hour = 3_600_000;
const keys = 'q quit   r reload   + add a slot   - remove one';

function listening(accepted: number): ListenerStatus[] {
  return [{ listener: '127.0.0.1:3000', accepted, waiting: 2, queued: 5 }];
}

const before = sample(
  primary(
    [
      worker(0, {
        ageMs: 60_000,
        idleMs: 30_000,
        handoffs: 1_000,
        latency: histogram({ 0: 1_000 }),
        http: http({ 0: 1_000 }),
      }),
      worker(1, {
        pid: 999,
        state: 'draining',
        handoffs: 50,
        latency: histogram({ 4: 50 }),
        http: http({ 2: 50 }, { failed: 5 }),
      }),
    ],
    { listeners: listening(1_050) },
  ),
  5 * hour,
);
const now = sample(
  primary(
    [
      worker(0, {
        ageMs: 62_000,
        idleMs: 31_320,
        connections: 12,
        requests: 3,
        handoffs: 3_400,
        latency: histogram({ 0: 1_000, 3: 2_300, 8: 100 }),
        http: http({ 0: 1_000, 3: 4_900, 8: 100 }, { failed: 1 }),
      }),
      worker(1, {
        pid: 999,
        state: 'draining',
        connections: 4,
        handoffs: 50,
        latency: histogram({ 4: 50 }),
        http: http({ 2: 52 }, { failed: 5, aborted: 2, lost: 1 }),
      }),
      worker(1, {
        generation: 2,
        ageMs: 500,
        handoffs: 50,
        latency: histogram({ 4: 50 }),
        http: http({ 2: 52 }, { failed: 5, aborted: 2, lost: 1 }),
      }),
    ],
    {
      app: 'server.js',
      slots: 2,
      generation: 2,
      listeners: listening(3_451),
      reload: { state: 'running', generation: 2, startedAt: 1_000_000 + 5 * hour },
    },
  ),
  5 * hour + 2_000,
);

/** The screen as lines. */
function linesOf(view: TopView, columns: number, rows: number): string[] {
  return renderTop(view, { columns, rows }, false).split('\n');
}

test('figures of the time between two samples, at 80 columns', () => {
  assert.equal(
    renderTop(
      { now, before, message: { kind: 'done', text: 'adding a slot: 2 slots' } },
      { columns: 80, rows: 13 },
      false,
    ),
    `\
server.js  pid 77  up 5h  Node 20.19.0  baton 0.1.0
2 of 2 ready  generation 2  reload running for 2s
2501 requests/s  1.0 errors/s  p50 2.0ms  p99 64ms
127.0.0.1:3000  1201 accepted/s  2 waiting  5 queued

              --------- requests ----------                    re-
slot state       /s err/s   p50   p99   now conns loop  rss starts     pid  age
  0  ready     2500   0.5 2.0ms  64ms     3    12  34%  48M      0    1000   1m
  1* ready      1.0   0.5 1.0ms 1.0ms     0     0    –  48M      0    1001  <1s
   * draining, generation 1, pid 999, 4 connections, 0 requests

adding a slot: 2 slots
${keys}`,
  );
});

test('at 120 columns there are the generation and the handoffs, too', () => {
  assert.deepEqual(linesOf({ now, before }, 120, 12).slice(5, 9), [
    '                ----------- requests ------------         ----- handoffs ------                 re-',
    'slot  state        /s  err/s    p50    p99    now  conns     /s     p50     p99  loop   rss  starts   gen      pid   age',
    '  0   ready      2500    0.5  2.0ms   64ms      3     12   1200    80µs   2.6ms   34%   48M       0     1     1000    1m',
    '  1*  ready       1.0    0.5  1.0ms  1.0ms      0      0      0       –       –     –   48M       0     2     1001   <1s',
  ]);
});

test('with one sample alone there are no figures of the time between two', () => {
  assert.equal(
    renderTop({ now }, { columns: 80, rows: 12 }, false),
    `\
server.js  pid 77  up 5h  Node 20.19.0  baton 0.1.0
2 of 2 ready  generation 2  reload running for 2s
– requests/s  – errors/s  p50 –  p99 –
127.0.0.1:3000  – accepted/s  2 waiting  5 queued

              --------- requests ----------                    re-
slot state       /s err/s   p50   p99   now conns loop  rss starts     pid  age
  0  ready        –     –     –     –     3    12    –  48M      0    1000   1m
  1* ready        –     –     –     –     0     0    –  48M      0    1001  <1s
   * draining, generation 1, pid 999, 4 connections, 0 requests

${keys}`,
  );
});

test('where requests are not counted, there are dashes', () => {
  const at = (upMs: number): TopView['now'] => sample(primary([worker(0, { requests: 2 })]), upMs);
  const lines = linesOf({ before: at(0), now: at(1_000) }, 80, 24);
  assert.equal(lines[2], '– requests/s  – errors/s  p50 –  p99 –');
  assert.equal(lines[7], '  0  ready        –     –     –     –     2     0    –  48M      0    1000   1h');
});

test('the worker that serves has the row, and the one on probation is under it', () => {
  const next = worker(0, { generation: 2, pid: 2_000, ageMs: 900, probationLeftMs: 3_200 });
  const reloading = sample(primary([worker(0), next], { slots: 1, generation: 2 }));
  const lines = linesOf({ now: reloading }, 80, 24);
  assert.match(lines[1] ?? '', /^1 of 1 ready /);
  assert.match(lines[7] ?? '', /^ {2}0\* ready .* 1000 {3}1h$/);
  assert.equal(lines[8], '   * probation, 4 s left, generation 2, pid 2000');
  const crashed = sample(primary([worker(0, { state: 'crashed', restartInMs: 900 }), next], { slots: 1 }));
  assert.match(linesOf({ now: crashed }, 80, 24)[1] ?? '', /^0 of 1 ready /);
});

test('where the kernel chose the port, it is shown', () => {
  const figures = { accepted: 0, waiting: 0, queued: 0 };
  const listeners = [{ listener: '127.0.0.1:0', addresses: ['127.0.0.1:40123'], ...figures }];
  const text = renderTop(
    { now: sample(primary([worker(0)], { listeners })) },
    { columns: 80, rows: 11 },
    false,
  );
  assert.equal(text.split('\n')[3], '127.0.0.1:40123  – accepted/s  0 waiting  0 queued');
});

test('80 columns are enough for big numbers and all states', () => {
  const crowd = (more: number): ReturnType<typeof bigWorker>[] =>
    workerStates.map((state, slot) =>
      bigWorker(195 + slot, {
        state,
        handoffs: more,
        ageMs: 123 * 86_400_000 + more,
        latency: histogram({ 16: more }),
        http: http({ 19: more }, { failed: more }),
      }),
    );
  const view = { before: sample(primary(crowd(0)), 0), now: sample(primary(crowd(123_456)), 1_000) };
  const lines = linesOf(view, 80, 24);
  assert.equal(lines[7], '195  starting  123k  123k  >66s  >66s  123k  123k 100% 1.0G   123k 4194304 123d');
  for (const line of lines) assert.ok(line.length <= 80, line);
});

test('a terminal that is too narrow for the table is told how wide it is to be', () => {
  for (const columns of [78, 60, 40, 20, 1]) {
    const lines = linesOf({ now, before, message: { kind: 'done', text: 'done' } }, columns, 24);
    assert.equal(lines.length, 24);
    for (const line of lines) assert.ok(line.length <= columns, line);
    if (columns < 20) continue;
    const text = lines.slice(5, 11).join(' ').trim();
    assert.equal(text, `The table needs 79 columns, but the terminal has ${columns}: make it wider.`);
  }
});

test('of 200 slots it shows as many as there are lines for, and says how many it does not', () => {
  const all = Array.from({ length: 200 }, (_, slot) => worker(slot));
  const lines = linesOf({ now: sample(primary(all)) }, 80, 24);
  assert.equal(lines.length, 24);
  assert.ok(lines[20]?.startsWith(' 13  ready '), lines[20]);
  assert.equal(lines[21], '… and 186 more slots: the terminal is too short');
  assert.equal(lines[23], keys);
  const tall = linesOf({ now: sample(primary(all)) }, 80, 209);
  assert.ok(tall[206]?.startsWith('199  ready '), tall[206]);
  assert.equal(tall[207], '');
});

test('a slot is shown with the line beneath it, or not at all', () => {
  const lines = linesOf({ now, before }, 80, 11);
  assert.deepEqual(lines.slice(7), [
    '  0  ready     2500   0.5 2.0ms  64ms     3    12  34%  48M      0    1000   1m',
    '… and 1 more slot: the terminal is too short',
    '',
    keys,
  ]);
});

test('however low the terminal, it is filled and not more', () => {
  for (let rows = 1; rows <= 13; rows++) {
    const lines = linesOf({ now, failure: { text: 'why '.repeat(99), forMs: 0 } }, 80, rows);
    assert.equal(lines.length, rows);
    assert.equal(lines.at(-1), keys);
  }
});

test('a primary that has not answered yet, does not, or does no more', () => {
  assert.equal(linesOf({}, 80, 24)[0], 'Asking the primary …');
  const failure = { text: 'There is no primary.', forMs: 12_000 };
  assert.equal(linesOf({ failure }, 80, 24)[0], 'No primary answers; trying again. There is no primary.');
  assert.deepEqual(linesOf({ now, failure }, 80, 24).slice(4, 6), [
    'No answer for 12s, trying again; the figures below are outdated. There is no',
    'primary.',
  ]);
});

test('a message is broken into three lines at most, and holds nothing that the terminal acts on', () => {
  const text = `reload failed: \u001B[2J${'word '.repeat(60)}`;
  const lines = linesOf({ now, message: { kind: 'failed', text } }, 80, 24);
  assert.equal(lines[20], `reload failed: ${'word '.repeat(13).trimEnd()}`);
  assert.equal(lines[21], 'word '.repeat(16).trimEnd());
  assert.equal(lines[22], `${'word '.repeat(15)}word…`);
});

test('in listener handoff, what a worker accepts counts', () => {
  const at = (ownAccepted: number, upMs: number): TopView['now'] =>
    sample(primary([worker(0, { ownAccepted })], { handoff: 'listeners' }), upMs);
  const lines = linesOf({ before: at(5, 1_000), now: at(16, 2_000) }, 110, 24);
  assert.equal(lines[5]?.slice(44), '            - handoffs --              re-');
  assert.equal(lines[6]?.slice(44), 'conns new/s    p50    p99 loop  rss starts  gen     pid  age');
  assert.equal(lines[7]?.slice(44), '    0    11      –      –    –  48M      0    1    1000   1h');
});

test('with colours it is the same text', () => {
  const size = { columns: 80, rows: 13 };
  const coloured = renderTop({ now, before }, size, true);
  assert.ok(coloured.includes('\u001B[32mready\u001B[39m'));
  assert.ok(coloured.includes('\u001B[31m0.5\u001B[39m'));
  assert.equal(stripVTControlCharacters(coloured), renderTop({ now, before }, size, false));
});
