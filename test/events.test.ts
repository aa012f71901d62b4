// `baton events`: what has happened to the workers of an app that runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusEvent } from '@baton/core';
import { app, startCommand, temporaryDirectory, type Command } from './harness.js';

test('events tells what has happened, for people and for programs', async (t) => {
  const env = { HOST: '127.0.0.1', XDG_RUNTIME_DIR: temporaryDirectory(t) };
  const args = ['--name', 'api', '--no-metrics', '--probation', '0', '-w', '1', app('http.cjs')];
  const api = startCommand(t, args, { env });
  const [, pid = ''] = await api.seen(/workers +1 \(pid (\d+)\)/);
  const ask = async (...args: string[]): Promise<Command & { code: number | null }> => {
    const command = startCommand(t, [...args, '--name', 'api'], { env });
    const { code } = await command.exited;
    return Object.assign(command, { code });
  };
  const none = await ask('events');
  assert.deepEqual([none.stdout, none.code], ['no events\n', 0]);

  process.kill(Number(pid), 'SIGKILL');
  const [, again] = await api.seen(/started again, pid (\d+)/);
  await ask('reload');
  const time = '\\d\\d:\\d\\d:\\d\\d';
  const { stdout, code } = await ask('events', '--since', '1h');
  assert.equal(code, 0);
  // The date stands there if it was midnight meanwhile.
  assert.match(stdout, new RegExp(`${time}  crash +slot 0  pid ${pid} ended by SIGKILL\\n`));
  assert.match(stdout, new RegExp(`${time}  restart +slot 0  pid ${again} was started\\n`));
  assert.match(stdout, new RegExp(`${time}  reload-started +to generation 2\\n`));
  assert.match(stdout, new RegExp(`${time}  replaced +slot 0  pid \\d+ took over from pid ${again}\\n`));
  assert.match(stdout, new RegExp(`${time}  reload-done +to generation 2, in [\\d.]+ s\\n$`));

  const lines = (await ask('events', '--json')).stdout.trimEnd().split('\n');
  const events = lines.map((line) => JSON.parse(line) as StatusEvent & { time: string });
  assert.deepEqual(
    events.map(({ kind, slot }) => [kind, slot]),
    [
      ['crash', 0],
      ['restart', 0],
      ['reload-started', undefined],
      ['replaced', 0],
      ['reload-done', undefined],
    ],
  );
  for (const { at, time } of events) assert.equal(Date.parse(time), at);
  const [, second] = events;
  const since = await ask('events', '--json', '--since', String(second?.time));
  assert.deepEqual(
    since.stdout.trimEnd().split('\n'),
    lines.filter((_, index) => Number(events[index]?.at) >= Number(second?.at)),
  );
  const later = await ask('events', '--json', '--since', '2999-01-01');
  assert.deepEqual([later.stdout, later.code], ['', 0]);

  const wrong = await ask('events', '--since', 'yesterday');
  assert.deepEqual([wrong.code, wrong.stdout], [1, '']);
  assert.match(
    wrong.stderr,
    /^baton: .*--since.*yesterday.* an age such as 10m, 12h or 7d.*baton events --help\.\n$/,
  );
});

test('where no primary runs, events says so as other commands do', async (t) => {
  const env = { XDG_RUNTIME_DIR: temporaryDirectory(t) };
  const command = startCommand(t, ['events', '--name', 'api'], { env });
  assert.equal((await command.exited).code, 1);
  assert.match(command.stderr, /^baton: No primary has the name "api"/);
});
