import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveOptions } from '#core/options.js';
import { inspectorOptions, opensInspector } from '#core/primary/inspector.js';
import type { WorkerOptions } from '#core/primary/release.js';

function options(execArgv: readonly string[], NODE_OPTIONS?: string): WorkerOptions {
  return resolveOptions({ app: 'app.js', execArgv, env: { NODE_OPTIONS } });
}

test('the port is that of the last option which names one, and the slot, and one', () => {
  const ports: [readonly string[], string | undefined, number][] = [
    [[], undefined, process.debugPort + 3],
    [['--inspect'], undefined, process.debugPort + 3],
    [['--inspect=9500'], undefined, 9503],
    [['--inspect=0.0.0.0:9500'], undefined, 9503],
    [['--inspect=[::1]:9500'], undefined, 9503],
    [['--inspect=9500', '--inspect=0.0.0.0'], undefined, 9232],
    [['--inspect=[::1]'], undefined, 9232],
    [['--inspect-brk=9500'], undefined, 9503],
    [['--inspect-wait=9500'], undefined, 9503],
    [['--inspect_brk=9500'], undefined, 9503],
    [['--inspect-port', '9500', '--inspect'], undefined, 9503],
    [['--debug-port=9500'], undefined, 9503],
    [['--inspect=9500', '--debug-port=host:9600'], undefined, 9603],
    [['--inspect-publish-uid=http'], '--inspect=9500', 9503],
    [['--inspect=9600'], '--inspect=9500', 9603],
    [['--inspect=65534'], undefined, 1025],
    [['--inspect=0'], undefined, 0],
  ];
  for (const [execArgv, inherited, port] of ports)
    assert.deepEqual(
      inspectorOptions(options(execArgv, inherited), 2, true),
      [`--inspect-port=${port}`],
      `${execArgv.join(' ')} ${inherited}`,
    );
});

test('whether there is one', () => {
  const cases: [readonly string[], string | undefined, boolean][] = [
    [[], undefined, false],
    [['--inspect-port=9500', '--inspect-publish-uid=http'], undefined, false],
    [['--inspect'], undefined, true],
    [['--inspect-brk=9500'], undefined, true],
    [['--inspect_wait'], undefined, true],
    [[], '--no-warnings --inspect', true],
    [['--no-inspect'], '--inspect', false],
  ];
  for (const [execArgv, inherited, isOpen] of cases)
    assert.equal(opensInspector(options(execArgv, inherited)), isOpen, `${execArgv.join(' ')} ${inherited}`);
});

test('one that is closed at first stays so, whatever the others say', () => {
  assert.deepEqual(inspectorOptions(options(['--inspect-brk=9500']), 0, false), [
    '--no-inspect',
    '--no-inspect-brk',
    '--no-inspect-wait',
    '--inspect-port=9501',
  ]);
  assert.deepEqual(inspectorOptions(options(['--inspect-port=9500']), 0, false), ['--inspect-port=9501']);
});
