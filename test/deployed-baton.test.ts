// Baton as a part of the release that it runs, which goes.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { httpRequest } from './client.js';
import { askRelease, Deployment } from './deployment.js';
import { until, type Command } from './harness.js';
import { installBaton } from './installed-baton.js';

const args = ['-w', '1', 'app.cjs'];

async function reload(deployment: Deployment): Promise<Command> {
  const command = deployment.command(['reload']);
  await command.exited;
  return command;
}

/** Kills the worker that answers. Resolves with what its successor answers. */
async function kill(port: number): ReturnType<typeof askRelease> {
  const { pid } = await askRelease(port);
  process.kill(pid, 'SIGKILL');
  await until(async () => (await askRelease(port)).pid !== pid, 'another worker answers');
  return askRelease(port);
}

for (const handoff of ['connections', 'listeners']) {
  test(`${handoff}: the release that Baton was started from may go before a reload`, async (t) => {
    const deployment = new Deployment(t);
    const file = installBaton(deployment.directory(7));
    deployment.add(7, { 'baton.config.mjs': "export default { app: 'app.cjs' };" });
    const options = ['--metrics', '127.0.0.1:0', '--handoff', handoff, '-w', '1'];
    const { command, port } = await deployment.start(options, { file });
    const [, url = ''] = await command.seen(/metrics +(\S+)\/metrics/);
    deployment.add(8, { 'baton.config.mjs': "export default { app: 'app.cjs', args: ['--eight'] };" });
    installBaton(deployment.directory(8));
    deployment.point(8);
    deployment.remove(7);

    assert.equal((await kill(port)).release, 8);
    assert.match(
      command.stderr,
      /baton: .*\/releases\/7 no longer exists: workers are now started in .*\/releases\/8, to which/,
    );
    assert.equal((await reload(deployment)).stderr, '');
    const { release, args: given } = await askRelease(port);
    assert.deepEqual([release, given], [8, ['--eight']]);
    for (const page of ['/', '/metrics', '/status', '/readyz'])
      assert.equal((await httpRequest(`${url}${page}`)).status, 200, page);
    const stop = deployment.command(['stop']);
    assert.deepEqual(await stop.exited, { code: 0, signal: null }, stop.stderr);
    assert.deepEqual(await command.exited, { code: 0, signal: null });
  });
}

test('the release that Baton was started from may go after a reload', async (t) => {
  const deployment = new Deployment(t);
  const file = installBaton(deployment.directory(7));
  const { port } = await deployment.start(args, { file });
  deployment.add(8);
  installBaton(deployment.directory(8));
  deployment.point(8);
  assert.equal((await reload(deployment)).stderr, '');
  deployment.remove(7);
  assert.equal((await kill(port)).release, 8);
  assert.equal((await reload(deployment)).stderr, '');
});

test('a release without Baton cannot be reloaded to when the primary is part of one that is gone', async (t) => {
  const deployment = new Deployment(t);
  const file = installBaton(deployment.directory(7));
  const { port } = await deployment.start(args, { file });
  deployment.add(8);
  deployment.point(8);
  deployment.remove(7);
  assert.match(
    (await reload(deployment)).stderr,
    /0 of 1 workers .*\n.*\/releases\/7\/node_modules\/@baton\/core, this primary's own Baton, no longer exists, and the release does not contain one\. Start baton again\.\n/,
  );
  assert.equal((await askRelease(port)).release, 7);
});

test('a release with another version of Baton is told of, and refused where the two do not understand each other', async (t) => {
  const deployment = new Deployment(t);
  const file = installBaton(deployment.directory(7));
  const { command, port } = await deployment.start(args, { file });
  deployment.add(8);
  installBaton(deployment.directory(8), '99.0.0');
  deployment.point(8);
  assert.equal((await reload(deployment)).stderr, '');
  await command.seen(
    /baton: .*\/releases\/8\/node_modules\/@baton\/core is Baton 99\.0\.0, but this primary runs \S+\. Keep .*\/releases\/7\/node_modules\/@baton\/core, which its workers need, until you restart baton\.\n/,
  );
  // As the preload of another protocol does.
  const preload = path.join(deployment.directory(8), 'node_modules/@baton/core/dist/worker/register.js');
  writeFileSync(
    preload,
    'throw new Error("the channel\'s first records come from another version of Baton");',
  );
  assert.equal(
    (await kill(port)).release,
    8,
    'its own files are those that are used, as long as they are there',
  );

  deployment.remove(7);
  const failed = await reload(deployment);
  assert.equal((await failed.exited).code, 1);
  assert.match(
    failed.stderr,
    /0 of 1 workers were replaced.* ended with code 1 before it was ready\.\nIt loaded Baton 99\.0\.0 from .*\/releases\/8\/node_modules\/@baton\/core: this primary is version \S+, and .*\/releases\/7\/node_modules\/@baton\/core no longer exists\. Start baton again\.\n/,
  );
  assert.equal((await askRelease(port)).release, 8);
});
