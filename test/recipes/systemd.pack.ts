// The page on systemd, with its units, its app and its commands, under a systemd that is booted for it.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { blocksOf, fileOf } from '../docs/page.js';
import { until } from '../harness.js';
import { BootedSystemd, withoutSystemd } from './booted-systemd.js';
import { installedApp } from './page-app.js';

const page = 'docs/recipes/systemd.md';
const options = { skip: withoutSystemd };

/** `dropIn`: what is added to the service. */
async function boot(t: TestContext, dropIn = ''): Promise<BootedSystemd> {
  const units = {
    'app.service': `${fileOf(page, 'app.service')}\n${dropIn}`,
    'app.socket': fileOf(page, 'app.socket'),
  };
  return BootedSystemd.boot(t, units, installedApp(t, page));
}

/** The commands of the page, block by block. */
const [start = '', status = '', activate = '', ...others] = blocksOf(page)
  .filter((block) => block.test === 'systemd')
  .map(({ text }) => text.replaceAll('sudo -u app', 'runuser -u app --'));

const properties = (systemd: BootedSystemd, ...names: string[]): Promise<string> =>
  systemd.run(`systemctl show --value ${names.map((name) => `-p ${name}`).join(' ')} app`);

test(
  'a start waits for the app, a reload replaces the workers, a stop is none that failed',
  options,
  async (t) => {
    assert.deepEqual(others, []);
    const systemd = await boot(t);
    const ask = (): Promise<string> => systemd.run('curl -fsS http://127.0.0.1:3000/');
    const [first = '', ...rest] = start.split('systemctl reload app\n');
    await systemd.run(first);
    const before = await ask();
    await systemd.run(['systemctl reload app', ...rest].join('\n'));
    const after = await ask();
    assert.notEqual(after, before);
    const shown = await systemd.run(`${status}cat /proc/${after.trim()}/status`);
    assert.match(shown, /gen(eration)? +2/);
    assert.match(shown, /^Uid:\s+4242\b/m);
    assert.match(shown, /^CapBnd:\s+0+$/m);
    assert.match(shown, /^Seccomp:\s+2$/m);
    await systemd.run('systemctl stop app');
    assert.equal(await properties(systemd, 'ActiveState', 'Result'), 'success\ninactive\n');
  },
);

test('a version that does not come up fails the reload, and the old one goes on', options, async (t) => {
  const systemd = await boot(t);
  await systemd.run('systemctl start app');
  const primary = (await properties(systemd, 'MainPID')).trim();
  const workers = (): Promise<string> => systemd.run(`cat /proc/${primary}/task/${primary}/children`);
  const before = await workers();
  await systemd.run('echo "throw new Error(0)" >/srv/app/app.js');
  await assert.rejects(systemd.run('systemctl reload app'));
  assert.equal(await workers(), before);
  assert.ok(before.split(' ').includes((await systemd.run('curl -fsS http://127.0.0.1:3000/')).trim()));
  assert.equal(await properties(systemd, 'ActiveState'), 'active\n');
});

test('an app that cannot start for long does, as soon as it can', options, async (t) => {
  const systemd = await boot(t);
  await systemd.run('mv /srv/app/app.js /srv/app/later.js; echo "throw new Error(0)" >/srv/app/app.js');
  await assert.rejects(systemd.run('systemctl start app'));
  assert.equal(await properties(systemd, 'StartLimitIntervalUSec'), '0\n', 'it tries for ever');
  await until(async () => Number(await properties(systemd, 'NRestarts')) > 1, 'it tries again', 60_000);
  await systemd.run('mv /srv/app/later.js /srv/app/app.js');
  await until(async () => (await properties(systemd, 'ActiveState')) === 'active\n', 'it is up');
  await systemd.run('curl -fsS http://127.0.0.1:3000/');
});

const proxies = 'docs/recipes/proxies.md';

test('a proxy reaches the app over a path, and not the control socket', options, async (t) => {
  const systemd = await boot(t, fileOf(proxies, 'socket.conf'));
  const [listen = '', ...otherLines] = blocksOf(proxies)
    .map(({ text }) => text)
    .filter((text) => text.startsWith('server.listen({ path: '));
  assert.deepEqual(otherLines, []);
  const [, socketPath = ''] = /path: '(.+?)'/.exec(listen) ?? [];
  const source = `const server = require("node:http").createServer((_, response) => response.end("hello"));\n${listen}`;
  await systemd.run(`cat >/srv/app/app.js <<'END'\n${source}END\nsystemctl start app`);
  const [command = '', ...otherBlocks] = blocksOf(proxies)
    .filter((block) => block.test === 'systemd')
    .map(({ text }) => text);
  assert.deepEqual(otherBlocks, []);
  // Here, /etc/group cannot be replaced: only a process of that user gets the group.
  const [, group, user] = /^usermod -aG (\S+) (\S+)\n$/.exec(command) ?? [];
  const as = `setpriv --reuid=${user} --regid=${user}`;
  const ask = `curl -fsS --unix-socket ${socketPath} http://app/`;
  assert.equal(await systemd.run(`${as} --groups=${group} ${ask}`), 'hello');
  await assert.rejects(systemd.run(`${as} --clear-groups ${ask}`));
  await assert.rejects(systemd.run(`${as} --groups=${group} ls /run/app/baton`), /Permission denied/);
});

const clients = 8;

/** So many answered, on a connection each, and what failed, while a command runs. */
const load = `
  const http = require('node:http');
  let isDone = false;
  let answered = 0;
  const failed = [];
  const one = () => new Promise((resolve) => {
    const request = http.get({ port: 80, host: '127.0.0.1', agent: false }, (response) => {
      response.resume().on('end', () => resolve(answered += 1));
    });
    request.on('error', (error) => resolve(failed.push(error.code)));
  });
  const client = async () => { while (!isDone) await one(); };
  const clients = Array.from({ length: ${clients} }, client);
  require('node:child_process').exec(process.argv[1], (error) => {
    if (error) failed.push(error.message);
    isDone = true;
    Promise.all(clients).then(() => console.log(JSON.stringify({ answered, failed })));
  });`;

test('with a socket of systemd, a restart refuses no connection', options, async (t) => {
  const systemd = await boot(t);
  await systemd.run('systemctl start app');
  const [begin = '', ...rest] = activate.split('systemctl restart app');
  assert.deepEqual(rest, ['\n']);
  await systemd.run(begin);
  const ask = (): Promise<string> => systemd.run('curl -fsS http://127.0.0.1/');
  const before = await properties(systemd, 'MainPID');
  await ask();
  const under = (command: string): Promise<string> =>
    systemd.run(`/usr/local/bin/node -e '${load.replaceAll("'", `'\\''`)}' '${command}'`);
  for (const [verb, isLossless] of [
    ['reload', true],
    ['restart', false],
  ] as const) {
    const text = await under(`systemctl ${verb} app`);
    t.diagnostic(`${verb}: ${text}`);
    const { answered, failed } = JSON.parse(text) as { answered: number; failed: string[] };
    // Of each client, a worker that ends may have accepted a connection of which it has read nothing.
    const mayBe = (error: string): boolean => !isLossless && error === 'ECONNRESET';
    assert.deepEqual(
      failed.filter((error) => !mayBe(error)),
      [],
    );
    assert.ok(failed.length <= clients);
    assert.ok(answered > clients);
  }
  assert.notEqual(await properties(systemd, 'MainPID'), before);
  await ask();
});
