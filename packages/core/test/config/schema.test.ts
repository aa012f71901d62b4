import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { readConfigFile } from '#core/config/file.js';
import { configSchema } from '#core/config/schema.js';
import { lookUp } from '#core/working-directory.js';
import { directoryWith } from './directory.js';

const published = new URL('../../../schema/baton.config.schema.json', import.meta.url);

test('the published schema is up to date', () => {
  assert.deepEqual(
    JSON.parse(readFileSync(published, 'utf8')),
    configSchema(),
    'run `pnpm schema`, and commit what it writes',
  );
});

const good: object[] = [
  {},
  { $schema: 'x' },
  { app: 'a.js', args: ['--x'] },
  { workers: 1 },
  { workers: 'max' },
  { import: [], require: ['a'] },
  { execArgv: ['--conditions', 'production'] },
  { stallAfterMs: 1 },
  { stallAfterMs: '20' },
  { stallAfterMs: '010ms' },
  { probationMs: 0 },
  { probationMs: '0s' },
  { maxAgeMs: '12h' },
  { maxMemoryBytes: 1 },
  { maxMemoryBytes: '512M' },
  { metrics: false },
  { metrics: {} },
  { metrics: { host: '::1', port: 0 } },
  { metrics: '0.0.0.0:22866' },
  { metrics: 'off' },
  { name: 'shop' },
  { control: false, watch: true, waitReady: true },
  { watchPaths: ['src'] },
  { stopSignal: 'SIGINT' },
  { stopSignal: 'INT' },
];

const bad: object[] = [
  { wokers: 1 },
  { app: '' },
  { app: 1 },
  { app: null },
  { args: 'x' },
  { args: [1] },
  { workers: 0 },
  { workers: 1025 },
  { workers: 1.5 },
  { workers: '4' },
  { workers: 'MAX' },
  { import: {} },
  { execArgv: '--expose-gc' },
  { watchPaths: [null] },
  { waitReady: 'true' },
  { watch: 1 },
  { control: null },
  { handoff: 'sockets' },
  { policy: ['sticky'] },
  { stallAfterMs: 0 },
  { stallAfterMs: '0s' },
  { stallAfterMs: '5x' },
  { stallAfterMs: '1.5s' },
  { stallAfterMs: true },
  { stopTimeoutMs: -1 },
  { stopSignal: 'SIGKILL' },
  { stopSignal: 'int' },
  { stopSignal: ['SIGINT'] },
  { stopTimeoutMs: 2 ** 31 },
  { stopTimeoutMs: '-1s' },
  { maxAgeMs: 999 },
  { maxOpenOffers: 257 },
  { maxOpenOffers: '16' },
  { reloadConcurrency: 0 },
  { maxMemoryBytes: 0 },
  { maxMemoryBytes: '0M' },
  { maxMemoryBytes: '1T' },
  { maxMemoryBytes: 1.5 },
  { metrics: true },
  { metrics: 22866 },
  { metrics: 'x' },
  { metrics: { port: 65_536 } },
  { metrics: { host: '' } },
  { metrics: { prot: 1 } },
  { metrics: [] },
  { name: '.x' },
  { name: 'a/b' },
  { name: 'x'.repeat(65) },
  { name: 1 },
];

test('the schema takes and rejects what the loader does', async (t) => {
  const isValid = new Ajv({ strict: true }).compile(configSchema());
  const isLoaded = async (content: object): Promise<boolean> => {
    const cwd = directoryWith(t, { 'baton.config.json': JSON.stringify(content) });
    try {
      await readConfigFile(path.join(cwd, 'baton.config.json'), { place: lookUp(cwd), env: {} });
      return true;
    } catch {
      return false;
    }
  };
  for (const [contents, expected] of [
    [good, true],
    [bad, false],
  ] as const) {
    for (const content of contents) {
      const text = JSON.stringify(content);
      assert.equal(isValid(content), expected, `schema: ${text}`);
      assert.equal(await isLoaded(content), expected, `loader: ${text}`);
    }
  }
});
