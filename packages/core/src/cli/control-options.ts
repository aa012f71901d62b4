import { Option } from 'commander';
import { defaultName } from '../config/default-name.js';
import type { WorkerEvent } from '../control/protocol.js';
import { describeExit } from '../primary/worker-handle.js';
import { logicalDirectory } from '../working-directory.js';

/** Which primary a command is for. */
export interface NameOption {
  name?: string;
}

export function nameOption(): Option {
  return new Option('--name <name>', 'whom to ask (default: the name in the nearest package.json)');
}

export function chosenName({ name = defaultName(logicalDirectory()) }: NameOption): string {
  return name;
}

/** Tells what happens to a worker while a command runs. */
export function printWorker({ worker, exit, error }: WorkerEvent): void {
  const { slot, pid, state } = worker;
  const who = pid === undefined ? `worker ${slot}` : `worker ${slot} (pid ${pid})`;
  const how =
    error ?? (exit !== undefined && state === 'crashed' ? `it ended ${describeExit(exit)}` : undefined);
  console.log(`${who} ${state}${how === undefined ? '' : `: ${how}`}`);
}

export function formatWorkers(count: number): string {
  return count === 1 ? '1 worker' : `${count} workers`;
}

export function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
