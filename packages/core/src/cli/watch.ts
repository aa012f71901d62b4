import path from 'node:path';
import type { CommandSettings } from '../config/load.js';
import { BatonError } from '../errors.js';
import type { PrimaryOptions } from '../options.js';
import { Primary } from '../primary/primary.js';
import { ChangedFiles } from './changed-files.js';
import { ControlSignals } from './control-signals.js';
import { Reporter } from './reporter.js';
import { say } from './say.js';
import { StopSignals } from './stop-signals.js';

interface WatchSettings {
  options: PrimaryOptions;
  command: CommandSettings;
  file: string | undefined;
}

/** Runs an app until a signal ends it, and reloads it when a file changes. An app that cannot start gets its next chance then. */
export async function watch({ options, command, file }: WatchSettings): Promise<void> {
  const changes = new ChangedFiles(command.watchPaths, (error) => say(`cannot watch: ${error.message}`));
  await changes.ready();
  let primary: Primary | undefined;
  const control = new ControlSignals();
  const signals = new StopSignals((signal, again) => {
    say(again ? `${signal} again: ending all workers now` : `${signal}: stopping the workers`);
    void (again ? primary?.kill() : primary?.stop());
    void changes.close();
  });
  const start = async (): Promise<void> => {
    primary = new Primary(options);
    const reporter = new Reporter(primary);
    try {
      await primary.start();
      // By `baton stop`, too.
      primary.once('stopped', () => void changes.close());
      control.drive(primary);
      reporter.started();
    } catch (error) {
      primary = undefined;
      if (signals.ordered || isStopped(error)) await changes.close();
      else tellWhatAChangeCanMend(error);
    }
  };
  try {
    await start();
    for (let batch = await changes.next(); batch !== undefined; batch = await changes.next()) {
      const files = withoutConfiguration(batch, file);
      if (files.length === 0) continue;
      say(`${describe(files)} changed: ${primary ? 'reloading' : 'starting again'}`);
      await (primary ? reload(primary) : start());
    }
  } finally {
    await changes.close();
    await primary?.stop();
  }
}

async function reload(primary: Primary): Promise<void> {
  try {
    await primary.reload();
  } catch (error) {
    // The reporter has told why a reload failed.
    const isFailed = error instanceof BatonError && error.code === 'BATON_RELOAD_FAILED';
    if (!isFailed && !isStopped(error)) throw error;
  }
}

/** Whether it is the end of what was going on that somebody has stopped the primary. */
function isStopped(error: unknown): boolean {
  return error instanceof BatonError && ['BATON_STOPPED', 'BATON_NOT_RUNNING'].includes(error.code);
}

function tellWhatAChangeCanMend(error: unknown): void {
  const isMendable =
    error instanceof BatonError && ['BATON_BOOT_FAILED', 'BATON_APP_NOT_FOUND'].includes(error.code);
  if (!isMendable) throw error;
  say(`${error.message}\nbaton: waiting for a file to change`);
}

function withoutConfiguration(files: readonly string[], configuration: string | undefined): string[] {
  if (configuration === undefined || !files.includes(configuration)) return [...files];
  say(`${describe([configuration])} changed: start baton again to have it read`);
  return files.filter((changed) => changed !== configuration);
}

function describe(files: readonly string[]): string {
  const [first = '', ...others] = files;
  const name = path.relative(process.cwd(), first);
  return others.length === 0 ? name : `${name} and ${others.length} more`;
}
