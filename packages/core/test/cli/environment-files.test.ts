import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentFiles } from '#core/cli/environment-files.js';

test('files of --env-file and its like, and of a preload of dotenv', () => {
  const cases: [options: string[], files: string[]][] = [
    [[], []],
    [
      ['--env-file=.env', '--env-file', '/etc/shop', '--env-file-if-exists=a=b'],
      ['.env', '/etc/shop', 'a=b'],
    ],
    [['-r', 'dotenv/config'], ['.env']],
    [['--require=dotenv/config.js'], ['.env']],
    [['--import', 'dotenv/config'], ['.env']],
    [['--import', 'file:///srv/node_modules/dotenv/config.js'], ['.env']],
    [['-r', './mydotenv/config', '--import', 'dotenv', '--env-files=x', '--env-file'], []],
  ];
  for (const [options, files] of cases)
    assert.deepEqual(environmentFiles(options, {}), files, options.join(' '));
  assert.deepEqual(environmentFiles(['-r', 'dotenv/config'], { DOTENV_CONFIG_PATH: 'x.env' }), ['x.env']);
});
