// Apps in one file, which a bundler made: the launcher that runs them is installed elsewhere, and nothing is where they are.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { startCommand } from '../harness.js';
import { freshDirectory, project, tarballs } from './tarballs.js';

const run = promisify(execFile);
const programs = path.join(import.meta.dirname, '../../packaging/programs');
/** Fastify is CommonJS, and requires modules of Node's. */
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Where all is installed, and where nothing is but bundles. */
let installed = '';
const bundles = freshDirectory();

before(async () => {
  const { core, fastifyPlugin } = await tarballs();
  installed = await project([core, fastifyPlugin, 'fastify@5', 'prom-client@15', 'esbuild@0.28']);
});

/** Bundles a program, for node. Returns the file. */
async function bundle(program: string, format: 'esm' | 'cjs'): Promise<string> {
  const source = path.join(installed, program);
  copyFileSync(path.join(programs, program), source);
  const name = path.basename(program, '.mjs');
  const file = path.join(bundles, `${name}.${format === 'esm' ? 'mjs' : 'cjs'}`);
  const args = [
    '--bundle',
    '--platform=node',
    `--format=${format}`,
    `--outfile=${file}`,
    '--log-level=error',
  ];
  const esbuild = path.join(installed, 'node_modules/.bin/esbuild');
  await run(esbuild, [source, ...args, ...(format === 'esm' ? [`--banner:js=${banner}`] : [])]);
  return file;
}

for (const format of ['esm', 'cjs'] as const) {
  test(`a bundled app (${format}): serves, is measured, and is reloaded`, async (t) => {
    const file = await bundle('bundled.mjs', format);
    const baton = path.join(installed, 'node_modules/@baton/core/bin/baton.js');
    const args = ['--workers', '2', '--metrics', '127.0.0.1:0', file];
    const command = startCommand(t, args, { file: baton, cwd: bundles, env: { PORT: '0' } });
    const [, url = ''] = await command.seen(/listening +(\S+)\n/);
    const [, metrics = ''] = await command.seen(/metrics +(http\S+)\n/);
    await command.seen(/workers +2 /);

    const answer = async (): Promise<unknown> => (await fetch(`http://${url}/`)).json();
    const first = (await answer()) as { slot: number };
    assert.deepEqual(first, { isWorker: true, slot: first.slot, generation: 1 });
    const text = await (await fetch(metrics)).text();
    assert.match(text, /^app_requests_total 1$/m);
    assert.match(text, /^http_request_duration_seconds_count\{.*route="\/".*\} 1$/m);

    command.process.kill('SIGHUP');
    await command.seen(/generation 1 drains: true\n.*generation 1 drains: true\n/s, 'stdout');
    const second = (await answer()) as { slot: number };
    assert.deepEqual(second, { isWorker: true, slot: second.slot, generation: 2 });
  });

  test(`a bundled primary (${format}): told, with what to do`, async () => {
    const file = await bundle('bundled-primary.mjs', format);
    const { status, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /BatonError: This copy of @baton\/core was bundled.* external in your bundler/);
    assert.match(stderr, /code: 'BATON_BUNDLED'/);
  });
}
