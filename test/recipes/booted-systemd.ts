// A systemd for tests: the first process of namespaces of its own, with no units but those that the test gives it, and a control
// group of its own. Debian package systemd.
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory, until } from '../harness.js';

const systemd = '/lib/systemd/systemd';
const hierarchy = '/sys/fs/cgroup/systemd';
const namespaces = ['--cgroup', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Why tests that need it are skipped here, if they are. */
export const withoutSystemd: string | false = !existsSync(systemd)
  ? 'systemd (Debian package systemd) is not installed'
  : !existsSync(`${hierarchy}/cgroup.procs`)
    ? 'there is no hierarchy of control groups for a systemd (name=systemd)'
    : spawnSync('unshare', [...namespaces, 'true']).status !== 0 && 'it may not make namespaces';

/** Without them systemd does not start. */
const targets = ['basic', 'multi-user', 'network', 'shutdown', 'sockets', 'sysinit'];

/** $1: the units; $2: what is to be /srv/app; $3: the Node. The user `app` exists here alone. */
const boot = `
  mount -t tmpfs tmpfs /run
  mount -t tmpfs tmpfs /sys/fs/cgroup
  mkdir ${hierarchy}
  mount -t cgroup -o none,name=systemd cgroup ${hierarchy}
  mount -t tmpfs -o mode=755 tmpfs /srv
  mkdir /srv/app
  mount --bind "$2" /srv/app
  mount -t tmpfs -o mode=755 tmpfs /etc/systemd/system
  touch /run/node
  mount --bind "$3" /run/node
  mount -t tmpfs -o mode=755 tmpfs /usr/local/bin
  touch /usr/local/bin/node
  mount --bind /run/node /usr/local/bin/node
  cp "$1"/* /etc/systemd/system
  for name in passwd group; do
    cp /etc/$name /run/$name
    echo app:x:4242:$([ $name = passwd ] && echo 4242::/nonexistent:/usr/sbin/nologin) >>/run/$name
    mount --bind /run/$name /etc/$name
  done
  ip link set lo up
  exec ${systemd} --system --unit=basic.target --log-target=console`;

/** Only what the test has put there. */
const env = { ...process.env, container: 'lxc', SYSTEMD_UNIT_PATH: '/etc/systemd/system' };

export class BootedSystemd {
  readonly #pid: number;

  private constructor(pid: number) {
    this.#pid = pid;
  }

  /** With these units; `directory` is /srv/app there. It goes when the test ends, with all that it runs. */
  static async boot(
    test: TestContext,
    units: Record<string, string>,
    directory: string,
  ): Promise<BootedSystemd> {
    const source = temporaryDirectory(test);
    for (const target of targets)
      writeFileSync(path.join(source, `${target}.target`), `[Unit]\nDefaultDependencies=no\n`);
    for (const [name, text] of Object.entries(units)) writeFileSync(path.join(source, name), text);
    const group = `${hierarchy}/${path.basename(source)}`;
    mkdirSync(group);
    const output = path.join(temporaryDirectory(test), 'output');
    const log = openSync(output, 'w');
    const join = `echo $$ >${group}/cgroup.procs && exec unshare ${namespaces.join(' ')} sh -euc '${boot}' sh "$1" "$2" "$3"`;
    const unshare = spawn('sh', ['-euc', join, 'sh', source, directory, process.execPath], {
      env,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const closed = once(unshare, 'close');
    test.after(async () => {
      unshare.kill('SIGKILL');
      await closed;
      await until(() => isRemoved(group), 'its control group is empty');
    });
    const child = (): number =>
      Number(readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8').split(' ')[0]);
    await until(() => child() > 0, 'the namespaces are there');
    const booted = new BootedSystemd(child());
    await until(async () => {
      assert.equal(unshare.exitCode, null, readFileSync(output, 'utf8'));
      return (await booted.run('systemctl is-system-running').catch(() => '')) === 'running\n';
    }, 'it runs');
    return booted;
  }

  /** Runs a command of a shell in its namespaces. Rejects if that fails. What it has written. */
  async run(command: string): Promise<string> {
    const args = ['-t', String(this.#pid), '-m', '-p', '-n', 'sh', '-euc', command];
    return (await promisify(execFile)('nsenter', args, { env, timeout: 60_000 })).stdout;
  }
}

/** False while a process is in it. */
function isRemoved(group: string): boolean {
  if (!existsSync(group)) return true;
  try {
    for (const entry of readdirSync(group, { withFileTypes: true }))
      if (entry.isDirectory() && !isRemoved(path.join(group, entry.name))) return false;
    rmdirSync(group);
    return true;
  } catch {
    return false;
  }
}
