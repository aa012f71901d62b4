import path from 'node:path';
import { Option } from 'commander';
import { cwdVariable } from '../config/environment.js';
import { onlyPrimary } from '../control/only-primary.js';
import type { CommandEvent } from '../control/protocol.js';
import { packageDirectory } from '../nearest-package.js';
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
  return new Option(
    '--name <name>',
    'name of the running app (default: the only running app of this package)',
  );
}

/** The name that was given, else that of the only primary of the package at hand. Throws as {@link onlyPrimary}. */
export async function chosenName({ name }: NameOption): Promise<string> {
  // Where the app runs, for whom its directory is set in the environment.
  const directory = path.resolve(logicalDirectory(), process.env[cwdVariable] || '.');
  return name ?? onlyPrimary(packageDirectory(directory), ['baton', ...process.argv.slice(2)].join(' '));
}

/** Tells what happens to a worker while a command runs. */
export function printEvent(event: CommandEvent): void {
  const { slot, pid, state } = event.worker;
  const who = nameWorker(slot, pid);
  if (event.event === 'cut-off')
    return print(`${who} closed ${describeCutOff(event)} at the end of --drain-timeout`);
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
