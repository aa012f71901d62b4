// `baton reload`, where the release is good, and where it is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCommand, temporaryDirectory } from './harness.js';
import { VersionedApp } from './version.js';

test('it ends with 0 when all workers are replaced, and with 1 and the reason when not', async (t) => {
  const versioned = new VersionedApp(t);
  const options = { env: { ...versioned.env, XDG_RUNTIME_DIR: temporaryDirectory(t) } };
  const args = ['--name', 'api', '-w', '2', '--no-metrics', '--probation', '50ms', versioned.file];
  const primary = startCommand(t, args, options);
  await primary.seen(/stop it with/);

  versioned.release({ fault: 'throws' });
  const failed = startCommand(t, ['reload', '--name', 'api'], options);
  assert.deepEqual(await failed.exited, { code: 1, signal: null });
  const [, pid] = /^worker 0 \(pid (\d+)\) crashed: it ended with code 1$/m.exec(failed.stdout) ?? [];
  assert.ok(pid !== undefined, failed.stdout);
  assert.match(
    failed.stderr,
    new RegExp(
      `^baton: The reload failed: 0 of 2 .* The new worker 0 \\(pid ${pid}\\) ended with code 1 before it was ready\\.\\n` +
        'Error: cannot load its settings\\n {4}at load \\(.*versioned\\.cjs:\\d+:\\d+\\)\\n',
    ),
  );

  versioned.release({});
  const done = startCommand(t, ['reload', '--name', 'api'], options);
  assert.deepEqual(await done.exited, { code: 0, signal: null });
  assert.equal(done.stderr, '');
  assert.match(done.stdout, /^reloaded 2 workers to generation 3 in \d+\.\d s\n$/m);
});

test('a reload that ends with the primary ends with 1 too', async (t) => {
  const versioned = new VersionedApp(t);
  const options = { env: { ...versioned.env, XDG_RUNTIME_DIR: temporaryDirectory(t) } };
  const primary = startCommand(t, ['--name', 'api', '-w', '1', '--no-metrics', versioned.file], options);
  await primary.seen(/stop it with/);
  versioned.release({ fault: 'never listens' });
  const reload = startCommand(t, ['reload', '--name', 'api'], options);
  await reload.seen(/^worker 0 \(pid \d+\) starting$/m, 'stdout');
  primary.process.kill('SIGTERM');
  assert.deepEqual(await primary.exited, { code: 0, signal: null });
  assert.deepEqual(await reload.exited, { code: 1, signal: null });
  assert.match(reload.stderr, /^baton: The primary was stopped/);
});
