// Numbers that the documentation states are those of the code.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { defaultMetricsPort, resolveOptions } from '#core/options.js';
import { mostMessageBytes } from '#core/channel/message-records.js';
import { mostBodyBytes } from '#core/control/request-body.js';
import { mostConnections } from '#core/http/limited-server.js';
import { isTrue, statedDefaults } from './stated-defaults.js';

const root = new URL('../../../../', import.meta.url);

function read(file: string): string {
  return readFileSync(new URL(file, root), 'utf8');
}

function pagesBelow(folder: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules/'))
    .map((name) => folder + name);
}

const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs/', 'examples/'].flatMap(pagesBelow),
  'packages/core/README.md',
  'packages/fastify-plugin/README.md',
];

/** The value of a constant that a source keeps to itself: a number, or a product of some. */
function constant(file: string, name: string): number {
  const [, product] = new RegExp(`\\b${name} = ([\\d_' *]+);`).exec(read(file)) ?? [];
  assert.ok(product, `${file} has no constant ${name}`);
  return factors(product);
}

/** The upper bounds of the buckets of a native histogram, in µs: the first and the last. */
function bounds(file: string): [number, number] {
  const [, first] =
    /bound_ns\(size_t bucket\) \{ return uint64_t\{([\d']+)\} << bucket; \}/.exec(read(file)) ?? [];
  assert.ok(first, `${file} has no bounds that double`);
  const us = factors(first) / 1_000;
  return [us, us * 2 ** (constant(file, 'kBounds') - 1)];
}

function factors(product: string): number {
  return product
    .split('*')
    .map((factor) => Number(factor.replaceAll(/[_' ]/g, '')))
    .reduce((one, other) => one * other);
}

const core = 'packages/core/src';
const [shortestRequest, longestRequest] = bounds('packages/core/native/src/request_counts.h');
const [shortestHandoff, longestHandoff] = bounds('packages/core/native/src/latency.h');

const { listenWarningMs } = resolveOptions({ app: 'app.js' });
const ofBackoff = (name: string): number => constant(`${core}/primary/backoff.ts`, name);
const ofEvents = (name: string): number => constant(`${core}/primary/bounded-events.ts`, name);

/** How pages state numbers of the code. Each must be found. */
const facts: readonly (readonly [page: string, states: RegExp, fact: number])[] = [
  ['configuration', /within (\d+) ms of one another/, constant(`${core}/cli/changed-files.ts`, 'settleMs')],
  [
    'control',
    /lines longer\s+than (\d+) KiB/,
    constant(`${core}/primary/line-prefix.ts`, 'mostLineBytes') / 1024,
  ],
  ['control', /a body may have (\d+) KiB/, mostBodyBytes / 1024],
  ['control', /There may be (\d+) connections/, mostConnections],
  ['errors', /more than (\d+) MiB of JSON/, mostMessageBytes / 1024 ** 2],
  ['logs', /The primary keeps ([\d,]+) events/, ofEvents('mostEvents')],
  ['logs', /of at most (\d+) KiB as JSON/, ofEvents('mostBytes') / 1024],
  ['logs', /have the last (\d+)\./, constant(`${core}/primary/events-log.ts`, 'mostInStatus')],
  ['logs', /not ready after (\d+) s/, listenWarningMs / 1_000],
  ['messages', /up to (\d+) MiB of JSON/, mostMessageBytes / 1024 ** 2],
  ['health-checks', /At most (\d+) connections/, mostConnections],
  ['metrics', /Buckets: (\d+) µs, doubling, to [\d.]+ s/, shortestRequest],
  ['metrics', /Buckets: \d+ µs, doubling, to ([\d.]+) s/, longestRequest / 1e6],
  ['metrics', /Buckets: (\d+) µs, doubling, to [\d.]+ ms/, shortestHandoff],
  ['metrics', /Buckets: \d+ µs, doubling, to ([\d.]+) ms/, longestHandoff / 1_000],
  ['releases', /follows after (\d+) ms, then/, ofBackoff('firstPauseMs')],
  ['releases', /and so on up to (\d+) s/, ofBackoff('longestPauseMs') / 1_000],
  ['security', /the control socket have (\d+) connections each/, mostConnections],
  ['status-page', /not ready after `listenWarningMs`, (\d+) s/, listenWarningMs / 1_000],
  [
    'stopping',
    /By default that is (\d+) s/,
    constant(`${core}/primary/stop-delay.ts`, 'usualDelayMs') / 1_000,
  ],
  ['top', /from (\d+) µs to \d+ s for requests/, shortestRequest],
  ['top', /from (\d+) µs to \d+ ms for handoffs/, shortestHandoff],
];

for (const [page, states, fact] of facts)
  test(`docs/${page}.md: ${states.source}`, () => {
    const text = read(`docs/${page}.md`).replaceAll(/\s+/g, ' ');
    const found = [...text.matchAll(new RegExp(states, 'g'))];
    assert.ok(found.length > 0, 'the page says it otherwise now: change the pattern here, too');
    for (const [sentence, number = ''] of found)
      assert.equal(Number(number.replaceAll(',', '')), fact, sentence);
  });

test('a value beside a flag is its default', () => {
  const wrong = pages.flatMap((page) =>
    statedDefaults(read(page)).flatMap((stated) => (isTrue(stated) ? [] : [`${page}: ${stated.text}`])),
  );
  assert.deepEqual(wrong, []);
});

test('the port of the metrics is the default one', () => {
  const wrong = pages.flatMap((page) =>
    [...read(page).matchAll(/(?::|\bport:? |^)(22\d{3})\b/gm)].flatMap(([, port]) =>
      Number(port) === defaultMetricsPort ? [] : [`${page}: ${port}`],
    ),
  );
  assert.deepEqual(wrong, []);
});

test('defaults are found in all forms, and wrong ones told', () => {
  const page = `
It waits \`--probation\` (2 s), and \`--stop-timeout\` (9 s, with the delay), then
(\`--ready-timeout\`, 30 s), within ten
seconds at most (\`--stop-timeout\`), or with another \`--stall-after\` than 21 ms. \`--stop-delay 10s\` is a value to set.

    -w, --workers <n|max>     how many (default: WEB_CONCURRENCY, or one per core)
    --max-open-offers <n>     at most; others wait in the kernel's
                              queue (default: 255, the most)
    --wait-ready              when it says so
    --cwd <directory>         where it runs (default: here)
`;
  const stated = statedDefaults(page);
  assert.deepEqual(
    stated.map(({ flag, value }) => `${flag} ${value}`),
    [
      '--probation 2s',
      '--stop-timeout 9s',
      '--ready-timeout 30s',
      '--stall-after 21ms',
      '--workers WEB_CONCURRENCY,oronepercore',
      '--max-open-offers 255,themost',
      '--cwd here',
      '--stop-timeout 10s',
    ],
  );
  const wrong = stated.filter((one) => !isTrue(one)).map(({ flag }) => flag);
  assert.deepEqual(wrong, ['--stop-timeout', '--stall-after', '--max-open-offers']);
});
