import { Option } from 'commander';
import { defaultName } from '../config/default-name.js';
import type { CommandEvent } from '../control/protocol.js';
import { oneLine } from '../printable.js';
import { describeCutOff } from '../primary/cut-off.js';
import { describeEnd, hasEndedAsTold } from '../primary/worker-end.js';
import { nameWorker } from '../worker-name.js';
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
export function printEvent(event: CommandEvent): void {
  const { slot, pid, state } = event.worker;
  const who = nameWorker(slot, pid);
  if (event.event === 'cut-off')
    return print(`${who} closed ${describeCutOff(event)} as its time to drain was over`);
  const { exit, deadline, error } = event;
  const isWorthTelling = exit !== undefined && (state === 'crashed' || !hasEndedAsTold(exit));
  const how = error ?? (isWorthTelling ? `it ended ${describeEnd(exit, deadline)}` : undefined);
  print(`${who} ${state}${how === undefined ? '' : `: ${how}`}`);
}

/** Some of it may be words of the app's. */
function print(text: string): void {
  console.log(oneLine(text));
}

export function formatWorkers(count: number): string {
  return count === 1 ? '1 worker' : `${count} workers`;
}

export function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
