// What tools that check published packages say of the tarballs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { tarballs } from './tarballs.js';

const attw = path.join(import.meta.dirname, '../../node_modules/.bin/attw');

for (const name of ['core', 'fastifyPlugin'] as const) {
  test(`${name}: publint has nothing to say`, async () => {
    const content = readFileSync((await tarballs())[name]);
    const tarball = new Uint8Array(content).buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });

  test(`${name}: attw has nothing to say of a package of ES modules`, async () => {
    const args = ['--profile', 'esm-only', '--format', 'json', (await tarballs())[name]];
    const { stdout } = await promisify(execFile)(attw, args, { maxBuffer: 2 ** 26 });
    const { analysis } = JSON.parse(stdout) as { analysis: { entrypoints: Record<string, unknown> } };
    const entrypoints = { core: 5, fastifyPlugin: 2 };
    assert.equal(Object.keys(analysis.entrypoints).length, entrypoints[name]);
  });
}
