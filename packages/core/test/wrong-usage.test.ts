// Each wrong usage is told in one line, which names what it is, where it stands, and what to do.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readSettings } from '#core/config/load.js';
import { BatonError } from '#core/errors.js';
import { Primary, type PrimaryOptions } from '#core/index.js';
import { directoryWith } from './config/directory.js';
import { commandLines, configurations, inCode, type Expected } from './wrong-usages.js';

const baton = fileURLToPath(new URL('../../bin/baton.js', import.meta.url));

function check(text: string, { what, where, remedy }: Expected): void {
  const [first = ''] = text.split('\n');
  assert.match(first, /^baton: (?!baton)\S.*[.?]$/);
  for (const pattern of [what, where, remedy]) assert.match(first, pattern);
  assert.doesNotMatch(text, /^ +at |Error:/m, 'no stack trace');
}

interface Outcome {
  code: unknown;
  stdout: string;
  stderr: string;
}

function run(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  prefix: readonly string[] = [],
): Promise<Outcome> {
  const [program = '', ...rest] = [...prefix, process.execPath, baton, ...args];
  return new Promise((resolve) => {
    const options = {
      cwd,
      env: { ...process.env, WEB_CONCURRENCY: '', XDG_RUNTIME_DIR: cwd, PWD: cwd, ...env },
    };
    execFile(program, rest, { ...options, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

function checkRefused({ code, stdout, stderr }: Outcome, expected: Expected): void {
  check(stderr, expected);
  assert.ok(code === 1 || code === 2, `exit status ${String(code)}`);
  assert.equal(stdout, '');
}

test('there are 60 cases at least', () => {
  assert.ok(commandLines.length + configurations.length + inCode.length >= 60);
});

test('command lines', { concurrency: 4 }, async (t) => {
  const tests = commandLines.map(({ args, files = {}, env = {}, ...expected }) => {
    const title = ['baton', ...args, ...Object.keys(env)].join(' ');
    return t.test(title, async (t) => {
      const cwd = directoryWith(t, files);
      chmodSync(cwd, 0o700);
      checkRefused(await run(args, cwd, env), expected);
    });
  });
  await Promise.all(tests);
});

for (const [name, content, expected] of configurations) {
  test(`${name}: ${content.replaceAll('\n', ' ')}`, async (t) => {
    const cwd = directoryWith(t, { [name]: content });
    await assert.rejects(readSettings({}, { cwd, env: { PATH: process.env['PATH'] } }), (error: unknown) => {
      assert.ok(error instanceof BatonError);
      check(`baton: ${error.message}`, expected);
      return true;
    });
  });
}

for (const [options, expected] of inCode) {
  test(`new Primary(${JSON.stringify(options)})`, () => {
    assert.throws(
      () => new Primary(options as PrimaryOptions),
      (error: unknown) => {
        assert.ok(error instanceof BatonError);
        check(`baton: ${error.message}`, expected);
        return true;
      },
    );
  });
}

/** Root may enter all directories, unless that right is taken from it (capabilities(7)). */
const obeyingModes =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];

async function isRefusedInClosedDirectory(
  t: TestContext,
  args: readonly string[],
  expected: Expected,
): Promise<void> {
  const cwd = directoryWith(t, { 'closed/app.js': '', 'closed/baton.config.json': '{}', 'app.js': '' });
  const closed = path.join(cwd, 'closed');
  chmodSync(closed, 0);
  try {
    checkRefused(await run(args, cwd, {}, obeyingModes), expected);
  } finally {
    chmodSync(closed, 0o700);
  }
}

for (const [args, what] of [
  [['closed/app.js'], 'app'],
  [['--config', 'closed/baton.config.json', 'app.js'], 'configuration file'],
  [['--cwd', 'closed/current', 'app.js'], 'directory'],
  [['--watch-path', 'closed/src', 'app.js'], 'path to watch'],
] as const) {
  test(`${args.join(' ')}, in a directory without permission`, (t) =>
    isRefusedInClosedDirectory(t, args, {
      what: new RegExp(`The ${what} .*closed/\\S+ cannot be accessed: EACCES`),
      where: /\/closed\//,
      remedy: /Give the user that runs baton access/,
    }));
}

test('in a working directory that was deleted', async (t) => {
  const expected = {
    what: /was deleted/,
    where: /working directory of this process/,
    remedy: /Change to a directory that exists/,
  };
  const prefix = ['sh', '-c', 'rmdir "$PWD" && exec "$@"', 'sh'];
  for (const args of [['app.js'], ['config'], ['status']])
    checkRefused(await run(args, directoryWith(t, {}), {}, prefix), expected);
});
