import { addonAbsence } from '../addon/load.js';
import { BatonError } from '../errors.js';
import type { PrimaryOptions } from '../options.js';
import { Primary } from '../primary/primary.js';
import { isApp } from '../primary/release.js';
import { ControlSignals } from './control-signals.js';
import { ControllingTerminal } from './controlling-terminal.js';
import { endSoon } from './end-soon.js';
import { reapOrphans } from './init.js';
import { Launch, primaryOptions, type LoadedSettings } from './launch.js';
import { Reporter } from './reporter.js';
import type { RunCommand } from './run-command.js';
import { runPlain } from './run-plain.js';
import { givenFlags } from './setting-options.js';
import { StopSignals } from './stop-signals.js';
import { watch } from './watch.js';

/** The program's own action: runs an app until a signal ends it. Throws what keeps it from starting. */
export async function run(command: RunCommand): Promise<void> {
  const absence = addonAbsence();
  // Before it starts a process, which the configuration file may need.
  if (process.pid === 1 && absence === undefined) reapOrphans();
  const launch = new Launch(givenFlags(command));
  const settings = await launch.load();
  checkForCommand(settings, command);
  if (absence !== undefined) return runPlain(launch, settings, absence);
  await (settings.command.watch ? watch(launch, settings) : runOnce(launch, primaryOptions(settings)));
}

/** Throws BATON_APP_NOT_FOUND where there is no app of that name, but a command of a similar one. */
function checkForCommand({ options, place, sources }: LoadedSettings, command: RunCommand): void {
  const meant = sources.app === 'argument' ? command.nearestCommand(options.app) : undefined;
  if (meant === undefined || isApp(options.app, place)) return;
  throw new BatonError('BATON_APP_NOT_FOUND', [options.app, place.directory, meant]);
}

async function runOnce(launch: Launch, options: PrimaryOptions): Promise<void> {
  const primary = new Primary(options, launch.renew);
  const reporter = new Reporter(primary);
  primary.once('stopped', endSoon);
  const terminal = new ControllingTerminal();
  const signals = new StopSignals(
    {
      stop: (signal, delayMs) => void primary.stop({ signal, ...(delayMs === undefined ? {} : { delayMs }) }),
      kill() {
        void primary.kill();
        endSoon();
      },
      stopTimeoutMs: primary.options.stopTimeoutMs,
    },
    terminal,
  );
  const control = new ControlSignals(signals, terminal);
  try {
    await primary.start();
    control.drive(primary);
    reporter.started();
  } catch (error) {
    // Stopped by a signal, or by `baton stop`.
    if (!(error instanceof BatonError && error.code === 'BATON_STOPPED')) throw error;
  } finally {
    if (signals.ordered) await primary.stop();
  }
}
