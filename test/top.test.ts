// `baton top` in a real terminal, and `baton status`, of a primary that is made up.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { blocksOf } from './docs/page.js';
import { app, temporaryDirectory } from './harness.js';
import { Terminal, withoutTerminal } from './terminal.js';

const program = [process.execPath, app('shows-a-made-up-primary.mjs')] as const;
const restored = { alternateScreen: false, cursor: true, wrap: true };

/** What the page has its readers type behind `npx baton`. */
const [typed = '', ...others] = blocksOf('docs/top.md')
  .filter((block) => block.test === 'top')
  .flatMap(({ text }) => text.trim().split('\n'))
  .map((line) => line.replace(/^npx baton |\s+#.*$/g, ''));
assert.deepEqual([typed, others], ['top', []], 'docs/top.md has other commands for this test');

function startTop(test: TestContext, env: NodeJS.ProcessEnv = {}): Terminal {
  return new Terminal(test, [...program, typed], env);
}

test(
  'top shows figures that change, does what keys say, and leaves the terminal as it was',
  { skip: withoutTerminal },
  async (t) => {
    const terminal = startTop(t);
    await terminal.shows(
      /^server\.js \(shop\) {2}pid 4242 {2}up 3h {2}Node 20\.19\.0 {2}baton 0\.1\.0\n3 of 3 ready/,
    );
    assert.deepEqual(terminal.modes, { alternateScreen: true, cursor: false, wrap: false });
    // 1,400 requests a sample; for a quarter of the time between two, the event loop waits.
    await terminal.shows(/^ {2}2 {2}ready +1\d{3} +0 500µs 500µs +2 +\d+0 +75% +48M +0 +5002 +1m$/m);
    await terminal.shows(/^4\d{3} requests\/s {2}0 errors\/s {2}p50 500µs {2}p99 500µs$/m);
    await terminal.shows(/^ {2}0\* ready .* 5000 +1m\n {3}\* probation, 4 s left, generation 3, pid 6000$/m);
    const row = (connections: string): RegExp => new RegExp(`^ {2}1 .* +${connections} +75% .* 5001 `, 'm');
    const [, connections = ''] = await terminal.shows(row('(\\d+)'));
    await terminal.shows(row(`(?!${connections} )\\d+`));

    terminal.press('+');
    await terminal.shows(/\n {2}3 {2}ready[^]*\nadding a slot: 4 slots\n/);
    await terminal.shows(/^4 of 4 ready/m);
    terminal.press('r');
    await terminal.shows(
      /\nreload failed: slot 0 ended with code 1 before it was ready; the workers before\nit go on\.\n/,
    );
    assert.match(terminal.screen(), /q quit.*\n$/);

    terminal.resize(120, 8);
    await terminal.shows(
      /^… and 4 more slots: the terminal is too short\nreload failed.*go on\.\nq quit.*\n$/m,
    );
    terminal.resize(120, 30);
    await terminal.shows(/^slot {2}state .* gen [^]*\n {2}3 {3}ready/m);

    terminal.press('q');
    // tmux leaves something above when a terminal was made wider meanwhile.
    await terminal.shows(/before\nexit code 0\nicanon\n/);
    assert.deepEqual(terminal.modes, restored);
  },
);

test(
  'a primary that goes away is told of, and shown again when there is one',
  { skip: withoutTerminal },
  async (t) => {
    const away = path.join(temporaryDirectory(t), 'away');
    writeFileSync(away, '');
    const terminal = startTop(t, { MADE_UP_AWAY: away });
    await terminal.shows(/^No primary answers; trying again\. There is no primary of that name\.\n/);
    rmSync(away);
    await terminal.shows(/^server\.js[^]*5002/);
    writeFileSync(away, '');
    await terminal.shows(
      /^No answer for \d+m?s, trying again; the figures below are outdated\. There is no\s+primary[^]*5002/m,
    );
    rmSync(away);
    await terminal.shows(/queued\n\n[^]*5002/);
    terminal.press('C-c');
    await terminal.shows(/^before\nexit code 0\n/);
  },
);

test('of several primaries top shows none, and tells them', { skip: withoutTerminal }, async (t) => {
  const terminal = startTop(t, { MADE_UP_SEVERAL: '1' });
  await terminal.shows(
    /^before\nSeveral primaries run in \/srv\/shop\. .*\n {2}baton top --name shop\n {2}baton top --name till\nexit code 1\n/,
  );
  assert.deepEqual(terminal.modes, restored);
});

test('a signal and a bug leave the terminal as it was', { skip: withoutTerminal }, async (t) => {
  await t.test('SIGTERM', async (t) => {
    const terminal = startTop(t);
    await terminal.shows(/5002/);
    const { pid } = terminal;
    assert.ok(pid);
    process.kill(pid, 'SIGTERM');
    await terminal.shows(/^before\n[^]*exit code 143\nicanon\n/);
    assert.deepEqual(terminal.modes, restored);
  });
  await t.test('a bug', async (t) => {
    const terminal = startTop(t);
    await terminal.shows(/5002/);
    terminal.press('-');
    await terminal.shows(/^before\n[^]*Error: a bug[^]*exit code 1\nicanon\n/);
    assert.deepEqual(terminal.modes, restored);
  });
});

test('colours, unless NO_COLOR is set', { skip: withoutTerminal }, async (t) => {
  for (const [env, expected] of [
    [{}, true],
    [{ NO_COLOR: '1' }, false],
  ] as const) {
    const terminal = startTop(t, env);
    await terminal.shows(/5002/);
    assert.equal(terminal.screen({ escapes: true }).includes('\u001B[32mready'), expected);
  }
});

test('without a terminal, top says what to do instead', () => {
  const { status, stdout, stderr } = spawnSync(program[0], [program[1], 'top'], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /needs a terminal, but stdin is not one\. Use baton status/);
});

test('status prints a table, without colours where it is not to a terminal', () => {
  const { status, stdout } = spawnSync(program[0], [program[1], 'status'], { encoding: 'utf8' });
  assert.equal(status, 0);
  assert.match(stdout, /^app +server\.js \(shop\)\n[^]*\n {2}2 {2}ready +2 +5002 .*\n$/);
  assert.ok(!stdout.includes('\u001B'));
});

test('status --json prints all of it', () => {
  const { stdout } = spawnSync(program[0], [program[1], 'status', '--json'], { encoding: 'utf8' });
  const status = JSON.parse(stdout) as { pid: number; workers: { latency: unknown }[] };
  assert.equal(status.pid, 4242);
  assert.deepEqual(status.workers[2]?.latency, { boundsNs: [10_000, 20_000], counts: [0, 700, 0] });
});
