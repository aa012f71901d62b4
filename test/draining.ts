import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { Primary, PrimaryOptions, WorkerExit, WorkerState } from '@baton/core';
import { app, openFds, startPrimary, sumOfSlots, temporaryDirectory, until } from './harness.js';
import { RawClient, type ClientOptions as RawClientOptions } from './raw-client.js';

interface ClientOptions extends RawClientOptions {
  /** Default the first. */
  listener?: number;
}

export const handoffs = ['connections', 'listeners'] as const;

/** Whoever was connected when a test ends goes before the primary is stopped. */
const clients = new WeakMap<Primary, RawClient[]>();

/** A primary with a worker that is soon replaced. */
export async function startDrainable(
  test: TestContext,
  name: string,
  options: Omit<PrimaryOptions, 'app'> = {},
): Promise<Primary> {
  const all: RawClient[] = [];
  test.after(() => all.forEach(({ socket }) => socket.destroy()));
  const primary = await startPrimary(test, { app: app(name), workers: 1, probationMs: 0, ...options });
  clients.set(primary, all);
  return primary;
}

/** Clients of one of the primary's listeners. */
export async function connect(
  primary: Primary,
  count: number,
  options: ClientOptions = {},
): Promise<RawClient[]> {
  const { listener = 0, ...rest } = options;
  const port = primary.addresses[listener]?.port;
  assert.ok(port !== undefined);
  const connected = await Promise.all(Array.from({ length: count }, () => RawClient.connect(port, rest)));
  clients.get(primary)?.push(...connected);
  return connected;
}

export async function connectOne(primary: Primary, options: ClientOptions = {}): Promise<RawClient> {
  const [client] = await connect(primary, 1, options);
  assert.ok(client);
  return client;
}

export function pidOf(primary: Primary, wanted: WorkerState = 'ready'): number {
  const pid = primary.snapshot().workers.find(({ state }) => state === wanted)?.pid;
  assert.ok(pid !== undefined, `no worker is ${wanted}`);
  return pid;
}

export function givenBack(primary: Primary): number {
  return sumOfSlots(primary, (slot) => slot.givenBack);
}

export function cutOff(primary: Primary): number {
  return primary.snapshot().counts.reduce((total, slot) => total + slot.cutOff, 0);
}

/** An environment in which the app notes what happens, and its notes. */
export function notes(test: TestContext): { env: NodeJS.ProcessEnv; of: (pid: number) => string[] } {
  const file = path.join(temporaryDirectory(test), 'log');
  writeFileSync(file, '');
  const of = (pid: number): string[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(`${pid} `))
      .map((line) => line.split(' ')[1]!);
  return { env: { ...process.env, LOG: file }, of };
}

/** How the processes have ended since. */
export function exits(primary: Primary): Map<number, WorkerExit> {
  const all = new Map<number, WorkerExit>();
  primary.on('worker', ({ pid }, { exit }) => {
    if (exit && pid !== undefined) all.set(pid, exit);
  });
  return all;
}

/** Waits until the workers have begun so many requests and not answered them. */
export async function underWay(primary: Primary, count: number): Promise<void> {
  await until(
    () => sumOfSlots(primary, ({ requests }) => requests) === count,
    `${count} requests are under way`,
  );
}

export async function connected(primary: Primary, count: number): Promise<void> {
  await until(
    () => sumOfSlots(primary, ({ connections }) => connections) === count,
    `there are ${count} connections`,
  );
}

/** A reload that has come so far that the old worker drains. */
export interface BegunReload {
  done: ReturnType<Primary['reload']>;
  /** Of the old worker. */
  oldPid: number;
}

/** Resolves when the old worker has heard that it drains: it has given back the idle connection that a client has. */
export async function beginReload(primary: Primary): Promise<BegunReload> {
  const oldPid = pidOf(primary);
  const witness = await connectOne(primary);
  await witness.ask();
  const before = givenBack(primary);
  const done = primary.reload();
  done.catch(() => {});
  await until(() => givenBack(primary) > before, 'the idle connection is given back');
  const { pid } = await witness.ask();
  assert.notEqual(pid, oldPid, 'and answered by the new worker');
  witness.socket.destroy();
  return { done, oldPid };
}

/** Checks that the processes have no more fds in the end than they have now, when all clients have gone. */
export async function checksFds(
  primary: Primary,
  pids: readonly number[],
  work: () => Promise<void>,
): Promise<void> {
  await connected(primary, 0);
  const before = pids.map((pid) => openFds(pid).size);
  await work();
  await connected(primary, 0);
  for (const [i, pid] of pids.entries())
    await until(() => openFds(pid).size <= (before[i] ?? 0), `process ${pid} has its ${before[i]} fds`);
}
