// What workers write, at a terminal and elsewhere.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { app, startCommand } from './harness.js';

/** Runs a command at a terminal of its own, whose output is standard output. */
const atTerminal = ['python3', '-c', 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)'];
const canHaveTerminal = spawnSync(atTerminal[0]!, [...atTerminal.slice(1), 'true']).status === 0;

const args = ['--no-metrics', '--no-control', app('writes.cjs'), '-w'];
const env = {
  TERM: 'xterm-256color',
  FORCE_COLOR: undefined,
  NO_COLOR: undefined,
  COLORTERM: undefined,
  CI: undefined,
};

test(
  'at a terminal, the lines of workers are whole, with their slot before them',
  { skip: !canHaveTerminal && 'python3 can make no terminal' },
  async (t) => {
    const command = startCommand(t, [...args, '2'], { env, prefix: atTerminal });
    const [, pid] = await command.seen(/primary +pid (\d+)/, 'stdout');
    process.kill(Number(pid), 'SIGTERM');
    assert.deepEqual(await command.exited, { code: 0, signal: null });
    const lines = command.stdout.split('\r\n');
    for (const slot of [0, 1]) {
      const ofSlot = lines.filter((line) => line.startsWith(`${slot} | `)).map((line) => line.slice(4));
      const expected = ['color 2, terminal false', 'complaint', 'first', 'no end', 'second'];
      assert.deepEqual(ofSlot.toSorted(), expected);
    }
  },
);

test(
  'at a terminal, the error of which all workers end at boot is shown once, and before what Baton says of it',
  { skip: !canHaveTerminal && 'python3 can make no terminal' },
  async (t) => {
    const failing = ['--no-metrics', '--no-control', app('throws.cjs'), '-w', '8'];
    const command = startCommand(t, failing, { env, prefix: atTerminal });
    assert.deepEqual(await command.exited, { code: 1, signal: null });
    const text = command.stdout.replaceAll('\r\n', '\n');
    assert.equal(text.match(/^.*\| Error: .*$/gm)?.length, 1, text);
    assert.match(
      text,
      /^×8 \| Error: [^]*^baton: workers 0-7 ended with code 1 before the app was ready \(×8\)\nbaton: No worker could start/m,
    );
  },
);

test('elsewhere, what Baton says of all workers is said once, and what they write is left alone', async (t) => {
  const command = startCommand(t, ['--no-metrics', '--no-control', app('throws.cjs'), '-w', '4'], { env });
  assert.equal((await command.exited).code, 1);
  assert.equal(command.stderr.match(/^Error: /gm)?.length, 4);
  assert.match(
    command.stderr,
    /^baton: workers 0-3 ended with code 1 before the app was ready \(×4\)\nbaton: No worker could start .*\n$/m,
  );
});

test('elsewhere they are as the workers wrote them', async (t) => {
  const command = startCommand(t, [...args, '1'], { env });
  await command.seen(/primary +pid/);
  command.process.kill('SIGTERM');
  assert.equal((await command.exited).code, 0);
  assert.equal(command.stdout, 'first\nsecond\ncolor undefined, terminal false\nno end');
  assert.match(command.stderr, /^complaint$/m);
});
