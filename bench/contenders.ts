import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';

const root = path.join(import.meta.dirname, '../..');
const appFile = (name: string): string => path.join(root, 'bench/apps', name);

/** One way to run the same app on several cores, or on one. */
export interface Contender {
  name: string;
  /** Default: node. */
  program?: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  /** Whether the first process only gives work to others. */
  hasPrimary: boolean;
}

/** Ways to run the app on several cores, all that this Node can. `options`: more of Baton's. */
export function contenders(app: string, workers: number, options: readonly string[] = []): Contender[] {
  const file = appFile(app);
  const baton = [
    path.join(root, 'packages/core/bin/baton.js'),
    '--no-metrics',
    '--no-control',
    '--workers',
    String(workers),
    ...options,
  ];
  return [
    {
      name: 'node:cluster, round-robin',
      args: [appFile('cluster.cjs')],
      env: { NODE_CLUSTER_SCHED_POLICY: 'rr', APP: file },
      hasPrimary: true,
    },
    {
      name: 'node:cluster, SCHED_NONE',
      args: [appFile('cluster.cjs')],
      env: { NODE_CLUSTER_SCHED_POLICY: 'none', APP: file },
      hasPrimary: true,
    },
    ...(hasReusePort()
      ? [{ name: 'reusePort', args: [appFile('reuse-port.cjs')], env: { APP: file }, hasPrimary: true }]
      : []),
    { name: 'Baton, round-robin', args: [...baton, '--policy', 'round-robin', file], hasPrimary: true },
    { name: 'Baton', args: [...baton, file], hasPrimary: true },
    { name: 'Baton, listeners', args: [...baton, '--handoff', 'listeners', file], hasPrimary: true },
  ];
}

/** The app without any of it. */
export function onePlainProcess(app: string): Contender {
  return { name: 'one plain process', args: [appFile(app)], hasPrimary: false };
}

/** The least that handing over can cost: `limit/limit.cc`. */
export function limit(app: string, workers: number): Contender {
  const args = [String(workers), process.execPath, '--require', register, appFile(app)];
  return { name: 'limit', program: buildLimit(), args, hasPrimary: true };
}

const register = path.join(root, 'packages/core/dist/worker/register.js');

/** Compiles the bare loop of accept4, sendmsg and close, which hands connections to Baton's workers. */
function buildLimit(): string {
  const native = path.join(root, 'packages/core/native/src');
  const program = path.join(root, 'bench/dist/limit');
  const sources = ['channel', 'ledger', 'message', 'socket'].map((name) => path.join(native, `${name}.cc`));
  const limit = path.join(root, 'bench/limit/limit.cc');
  execFileSync('g++', ['-std=c++17', '-O3', `-I${native}`, limit, ...sources, '-o', program], {
    stdio: 'inherit',
  });
  return program;
}

/** `listen({ reusePort })` came with Node 22.12. */
export function hasReusePort(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 12);
}

/** A contender that serves. */
export class Running {
  readonly #process: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.port = port;
  }

  static async start(contender: Contender, port: number, workers: number): Promise<Running> {
    const child = spawn(contender.program ?? process.execPath, contender.args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...contender.env, PORT: String(port), WORKERS: String(workers) },
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    while (!(await accepts(port))) {
      if (child.exitCode !== null) throw new Error(`${contender.name} ended:\n${errors}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return new Running(child, port);
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await exited;
    // Workers end when they notice; their port must be free for the next contender.
    const deadline = performance.now() + 10_000;
    while (await accepts(this.port)) {
      if (performance.now() > deadline)
        throw new Error(`port ${this.port} is still in use after its contender's end`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Whether somebody listens there. */
export async function accepts(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
