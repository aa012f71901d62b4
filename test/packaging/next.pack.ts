// Next's standalone output, which is an app in a directory of its own, under a launcher that is installed elsewhere.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startCommand } from '../harness.js';
import { freshDirectory, project, tarballs } from './tarballs.js';

const files = {
  'next.config.mjs': "export default { output: 'standalone' };",
  'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;',
  'app/page.js': 'export default () => <p>a page that was made at the build</p>;',
  'app/worker/route.js': `
    export const dynamic = 'force-dynamic';
    export const GET = () => Response.json({ slot: process.env.BATON_SLOT, generation: process.env.BATON_GENERATION });`,
};

test("Next's standalone output: serves, and is reloaded", async (t) => {
  const { core } = await tarballs();
  const launcher = await project([core]);
  const source = await project(['next@16', 'react@19', 'react-dom@19'], files);
  const next = path.join(source, 'node_modules/next/dist/bin/next');
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
  await promisify(execFile)(process.execPath, [next, 'build'], { cwd: source, env });
  const cwd = freshDirectory();
  cpSync(path.join(source, '.next/standalone'), path.join(cwd, 'standalone'), { recursive: true });

  const file = path.join(launcher, 'node_modules/@baton/core/bin/baton.js');
  const args = ['--workers', '2', '--no-metrics', 'standalone/server.js'];
  const command = startCommand(t, args, { file, cwd, env: { HOSTNAME: '127.0.0.1', PORT: '0' } });
  const [, url = ''] = await command.seen(/listening +(\S+)\n/);
  await command.seen(/workers +2 /);
  const answer = async (where: string): Promise<Response> => fetch(`http://${url}/${where}`);
  assert.match(await (await answer('')).text(), /a page that was made at the build/);
  const generation = async (): Promise<unknown> =>
    ((await (await answer('worker')).json()) as { generation: string }).generation;
  assert.equal(await generation(), '1');

  command.process.kill('SIGHUP');
  await command.seen(/reloaded in /);
  assert.equal(await generation(), '2');
  assert.match(await (await answer('')).text(), /a page that was made at the build/);
});
