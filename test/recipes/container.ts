// What stands for a container where no engine runs: namespaces of its own, a root file system that is read-only but for /tmp, a user
// without rights, and Baton as the first process.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory, until } from '../harness.js';

const namespaces = ['--mount', '--net', '--pid', '--fork', '--mount-proc'];
const user = ['--reuid=1000', '--regid=1000', '--clear-groups', '--no-new-privs', '--bounding-set=-all'];

/** Why tests that need it are skipped here, if they are. */
export const withoutContainer: string | false =
  spawnSync('unshare', [...namespaces, 'ip', 'link', 'set', 'lo', 'up']).status !== 0 &&
  'it may not make namespaces';

/** $1: what is to be the image's working directory; behind it, the command. */
const enter = `
  ip link set lo up
  mount -t tmpfs -o mode=755 tmpfs /srv
  mkdir /srv/app
  mount --bind "$1" /srv/app
  mount -o remount,bind,ro /srv/app
  mount -o remount,ro /srv
  mount -t tmpfs tmpfs /tmp
  mount -o remount,bind,ro /
  cd /srv/app
  shift
  exec setpriv ${user.join(' ')} -- "$@"`;

const inside = 'cd /srv/app && exec "$@"';

export interface Image {
  /** Its working directory. */
  directory: string;
  env: Readonly<Record<string, string>>;
  command: readonly string[];
}

export class Container {
  readonly exited: Promise<number | null>;
  readonly #pid: number;
  readonly #env: NodeJS.ProcessEnv;
  readonly #output: string;

  private constructor(pid: number, exited: Promise<number | null>, env: NodeJS.ProcessEnv, output: string) {
    this.#pid = pid;
    this.exited = exited;
    this.#env = env;
    this.#output = output;
  }

  /** It goes when the test ends, with all that it runs. */
  static async start(test: TestContext, { directory, env, command }: Image): Promise<Container> {
    const output = path.join(temporaryDirectory(test), 'output');
    const log = openSync(output, 'w');
    const environment = { PATH: process.env['PATH'], ...env };
    const args = [...namespaces, 'sh', '-euc', enter, 'sh', directory, ...command];
    const unshare = spawn('unshare', args, { env: environment, stdio: ['ignore', log, log] });
    closeSync(log);
    const exited = once(unshare, 'close').then(([code]) => code as number | null);
    const child = (): number =>
      Number(readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8').split(' ')[0]);
    test.after(async () => {
      // With the first process of its namespace, the kernel ends all others. `--kill-child` does not reach it, since it has another user by now.
      if (unshare.exitCode === null && unshare.signalCode === null)
        process.kill(child() || unshare.pid!, 'SIGKILL');
      await exited;
    });
    await until(() => child() > 0, 'the namespaces are there');
    return new Container(child(), exited, environment, output);
  }

  get output(): string {
    return readFileSync(this.#output, 'utf8');
  }

  /** As the engine does: to the first process. */
  signal(name: NodeJS.Signals): void {
    process.kill(this.#pid, name);
  }

  /** Runs a command beside it, as `docker exec` does. Rejects if that fails. What it has written. */
  async exec(command: readonly string[]): Promise<string> {
    const args = [
      '-t',
      String(this.#pid),
      '-m',
      '-n',
      '-p',
      'setpriv',
      ...user,
      '--',
      'sh',
      '-euc',
      inside,
      'sh',
    ];
    const options = { env: this.#env, timeout: 30_000 };
    return (await promisify(execFile)('nsenter', [...args, ...command], options)).stdout;
  }

  /** Runs a command until it succeeds, as an engine does with a health check. */
  async healthy(command: readonly string[]): Promise<void> {
    const succeeds = (): Promise<boolean> =>
      this.exec(command).then(
        () => true,
        () => false,
      );
    try {
      await until(succeeds, command.join(' '));
    } catch (cause) {
      throw new Error(this.output, { cause });
    }
  }
}
