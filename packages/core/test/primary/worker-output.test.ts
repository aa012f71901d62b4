import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import {
  outputEnvironment,
  outputStdio,
  showOutput,
  type WorkerOutput,
} from '#core/primary/worker-output.js';

function terminal(depth = 8): { stdout: PassThrough; stderr: PassThrough } {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, getColorDepth: () => depth });
  return { stdout, stderr: Object.assign(new PassThrough(), { isTTY: true }) };
}

async function textOf(stream: PassThrough): Promise<string> {
  const chunks: Buffer[] = await stream.toArray();
  return Buffer.concat(chunks).toString();
}

function node(script: string): ChildProcess {
  return spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
}

test('output is piped to a terminal, and inherited where it goes elsewhere', () => {
  const { stdout, stderr } = terminal();
  assert.deepEqual(outputStdio(true, { stdout, stderr }), ['pipe', 'pipe']);
  assert.deepEqual(outputStdio(true, { stdout, stderr: new PassThrough() }), ['pipe', 'inherit']);
  assert.deepEqual(outputStdio(true, { stdout: new PassThrough(), stderr }), ['inherit', 'pipe']);
  assert.deepEqual(outputStdio(false, { stdout, stderr }), ['inherit', 'inherit']);
  // As of the test runner's child processes.
  assert.deepEqual(outputStdio(), ['inherit', 'inherit']);
});

test('a worker is told of the colors of the terminal, unless its environment has a say in them', () => {
  assert.deepEqual(outputEnvironment({}, true, terminal(4)), { FORCE_COLOR: '1' });
  assert.deepEqual(outputEnvironment({}, true, terminal(8)), { FORCE_COLOR: '2' });
  assert.deepEqual(outputEnvironment({}, true, terminal(24)), { FORCE_COLOR: '3' });
  assert.deepEqual(outputEnvironment({}, true, terminal(1)), {});
  assert.deepEqual(outputEnvironment({ FORCE_COLOR: '0' }, true, terminal()), {});
  assert.deepEqual(outputEnvironment({ FORCE_COLOR: '' }, true, terminal()), {});
  assert.deepEqual(outputEnvironment({ NO_COLOR: '' }, true, terminal()), {});
  // A file would get the colors too.
  assert.deepEqual(outputEnvironment({}, true, { ...terminal(), stderr: new PassThrough() }), {});
  // Nor does one that has the terminal itself.
  assert.deepEqual(outputEnvironment({}, false, terminal()), {});
  assert.deepEqual(outputEnvironment({}), {});
});

test('lines of several workers do not mix, and what they wrote last is shown', async () => {
  const { stdout, stderr } = terminal();
  const shown = textOf(stdout);
  const complaints = textOf(stderr);
  const script = `
    for (let line = 0; line < 500; line++) process.stdout.write('a'.repeat(99) + '\\n');
    console.error('bad');
    process.stdout.write('last');
  `;
  const workers = [0, 1].map((slot) => {
    const worker = node(script);
    showOutput(worker, slot, { stdout, stderr });
    return worker;
  });
  await Promise.all(workers.map((worker) => once(worker, 'close')));
  stdout.end();
  stderr.end();
  const lines = (await shown).split('\n');
  const count = (line: string): number => lines.filter((shown) => shown === line).length;
  assert.equal(lines.length, 2 * 501 + 1);
  for (const slot of [0, 1]) {
    assert.equal(count(`${slot} | ${'a'.repeat(99)}`), 500);
    assert.equal(count(`${slot} | last`), 1);
  }
  assert.deepEqual((await complaints).split('\n').toSorted(), ['', '0 | bad', '1 | bad']);
});

test('workers that come and go leave nothing behind at the terminal', async () => {
  const { stdout, stderr } = terminal();
  const before = stdout.eventNames();
  const worker = node('');
  showOutput(worker, 0, { stdout, stderr });
  assert.notDeepEqual(stdout.eventNames(), before);
  await once(worker, 'close');
  assert.deepEqual(stdout.eventNames(), before);
});

test('a worker waits for a terminal that takes no more, and goes on when it does', async () => {
  const { stderr } = terminal();
  let release: (() => void) | undefined;
  let shown = 0;
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      shown += chunk.length;
      if (release === undefined) release = done;
      else done();
    },
  });
  const written = 8 * 1024 * 1024;
  const line = `'${'x'.repeat(1023)}\\n'`;
  const worker = node(`process.stdout.write(${line}.repeat(${written / 1024})); console.error('done')`);
  showOutput(worker, 0, { stdout: Object.assign(stdout, { isTTY: true }), stderr });
  const done = once(stderr, 'data');
  // Its pipe is full when nothing comes any more; the terminal has one write.
  await new Promise<void>((resolve) => {
    let before = -1;
    const look = (): void => {
      const { bytesRead } = worker.stdout as unknown as { bytesRead: number };
      if (bytesRead === before && bytesRead > 0) return resolve();
      before = bytesRead;
      setTimeout(look, 100);
    };
    look();
  });
  assert.ok((worker.stdout as unknown as { bytesRead: number }).bytesRead < written / 8);
  assert.equal(worker.exitCode, null);
  assert.ok(release);
  release();
  await Promise.all([done, once(worker, 'close')]);
  assert.equal(shown, written + (written / 1024) * '0 | '.length);
});

test('a worker does not wait for a terminal that is gone', async () => {
  const { stderr } = terminal();
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EIO')) });
  stdout.on('error', () => {});
  const worker = node(`process.stdout.write('x\\n'.repeat(4 * 1024 * 1024))`);
  showOutput(worker, 0, { stdout: Object.assign(stdout, { isTTY: true }), stderr });
  assert.deepEqual(await once(worker, 'close'), [0, null]);
});

test('what inherited the pipe of a worker that ended does not keep this process', async () => {
  const file = new URL('../../../dist/primary/worker-output.js', import.meta.url).href;
  const script = `
    import { spawn } from 'node:child_process';
    import { PassThrough } from 'node:stream';
    import { showOutput } from ${JSON.stringify(file)};
    // The grandchild ends when nobody can read what it reads from.
    const worker = spawn('sh', ['-c', 'cat <&3 & echo $!'], { stdio: ['ignore', 'pipe', 'pipe', 3] });
    const stdout = new PassThrough();
    showOutput(worker, 0, { stdout, stderr: new PassThrough() });
    stdout.on('data', (text) => process.stderr.write(text));
  `;
  const primary = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let shown = '';
  primary.stderr?.on('data', (text) => (shown += String(text)));
  assert.deepEqual(await once(primary, 'exit'), [0, null]);
  assert.match(shown, /^0 \| \d+\n$/);
  assert.doesNotThrow(() => process.kill(Number(shown.slice(4)), 0), 'the grandchild lives on');
  primary.stdio[3]?.destroy();
});

/** Shows the output of a worker for each script at a terminal, until all have ended. Of what is on standard error. */
async function shownErrors(
  scripts: readonly string[],
  use: (workers: ChildProcess[], outputs: WorkerOutput[]) => unknown = () => {},
): Promise<string[]> {
  const { stdout, stderr } = terminal();
  stdout.resume();
  const shown = textOf(stderr);
  const workers = scripts.map(node);
  const outputs = workers.map((worker, slot) => showOutput(worker, slot, { stdout, stderr }));
  const ended = Promise.all(workers.map((worker) => once(worker, 'close')));
  await use(workers, outputs);
  await Promise.all(outputs.map((output) => output.ended));
  await ended;
  stderr.end();
  return (await shown).split('\n').slice(0, -1);
}

const fails = `console.error('cannot start\\n  for want of luck'); process.exit(1)`;

test('the error of which several workers end before they are ready is shown once, with their number', async () => {
  assert.deepEqual(await shownErrors([fails, fails, fails]), [
    '×3 | cannot start',
    '×3 |   for want of luck',
  ]);
  assert.deepEqual(await shownErrors([fails]), ['0 | cannot start', '0 |   for want of luck']);
});

test('an error that is not the same is shown by itself', async () => {
  const other = `console.error('cannot start\\n  for want of money'); process.exit(1)`;
  assert.deepEqual((await shownErrors([fails, other, fails])).toSorted(), [
    '1 |   for want of money',
    '1 | cannot start',
    '×2 |   for want of luck',
    '×2 | cannot start',
  ]);
});

test('a worker that ends well, or was ready, has its output for itself', async () => {
  const ends = `console.error('cannot start')`;
  assert.deepEqual((await shownErrors([ends, ends])).toSorted(), ['0 | cannot start', '1 | cannot start']);
  const shown = await shownErrors([fails, fails], (_, outputs) =>
    outputs.forEach((output) => output.onReady()),
  );
  assert.equal(shown.filter((line) => line.endsWith('| cannot start')).length, 2);
});

test('what a worker that starts has written is shown a little later, in its order, and is no part of the error', async () => {
  const { stdout, stderr } = terminal();
  const shown = once(stderr, 'data') as Promise<[Buffer]>;
  const worker = node(`process.stderr.write('first\\nsecond\\n'); setInterval(() => {}, 1_000)`);
  const { ended } = showOutput(worker, 0, { stdout, stderr });
  const [text] = await shown;
  assert.equal(text.toString(), '0 | first\n0 | second\n');
  worker.kill();
  await ended;
  assert.equal(stderr.read(), null);
});

test('what a worker writes to the other stream after it does not overtake it', async () => {
  const both = new PassThrough();
  const worker = node(`console.error('first'); setTimeout(() => console.log('second'), 50)`);
  const { ended } = showOutput(worker, 0, {
    stdout: Object.assign(both, { isTTY: true }),
    stderr: Object.assign(both, { isTTY: true }),
  });
  await ended;
  both.end();
  assert.equal(await textOf(both), '0 | first\n0 | second\n');
});

test('when the app has thrown, all that is left to come is the error, however long the end takes', async () => {
  const slow = `console.error('cannot start'); setTimeout(() => process.exit(1), 500)`;
  const shown = await shownErrors([slow, slow], (_, outputs) =>
    outputs.forEach((output) => output.onFailed()),
  );
  assert.deepEqual(shown, ['×2 | cannot start']);
});

test('an error that is longer than any is shown as it comes, of each worker', async () => {
  const long = `process.stderr.write('x'.repeat(99).concat('\\n').repeat(2_000)); process.exitCode = 1`;
  const shown = await shownErrors([long, long]);
  for (const slot of [0, 1]) {
    const ofSlot = shown.filter((line) => line === `${slot} | ${'x'.repeat(99)}`);
    assert.equal(ofSlot.length, 2_000);
  }
});
