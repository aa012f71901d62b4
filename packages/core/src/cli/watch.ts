import { BatonError } from '../errors.js';
import { Primary } from '../primary/primary.js';
import type { RenewOptions } from '../primary/releases.js';
import type { Place } from '../working-directory.js';
import { ChangedFiles } from './changed-files.js';
import { ControlSignals } from './control-signals.js';
import { ControllingTerminal } from './controlling-terminal.js';
import { endSoon } from './end-soon.js';
import { primaryOptions, type Launch, type LoadedSettings } from './launch.js';
import { Reporter } from './reporter.js';
import { say, sayError } from './say.js';
import { StopSignals } from './stop-signals.js';
import { describeFiles, watchedFiles } from './watched-files.js';

/** Runs an app until a signal ends it, and reloads it when a file changes. An app that cannot start gets its next chance then. */
export async function watch(launch: Launch, first: LoadedSettings): Promise<void> {
  const changes = new ChangedFiles(watchedFiles(first, first.place), (error) =>
    say('warning', `cannot watch: ${error.message}`),
  );
  await changes.ready();
  let place = first.place;
  let primary: Primary | undefined;
  const terminal = new ControllingTerminal();
  const signals = new StopSignals(
    {
      stop(signal) {
        // Whoever develops does not want to wait.
        void primary?.stop({ signal, delayMs: 0 });
        void changes.close();
      },
      kill() {
        void primary?.kill();
        endSoon();
      },
      get stopTimeoutMs() {
        return primary?.options.stopTimeoutMs ?? 0;
      },
    },
    terminal,
  );
  const control = new ControlSignals(signals, terminal);
  const follow = async (settings: LoadedSettings, now: Place): Promise<void> => {
    if (now.realDirectory === place.realDirectory) return;
    place = now;
    await changes.watch(watchedFiles(settings, now));
  };
  const start = async (settings: LoadedSettings): Promise<void> => {
    await follow(settings, settings.place);
    // Where the next release is broken, it is there that somebody mends it.
    const renew: RenewOptions = async (now, ...rest) => {
      await follow(settings, now);
      return launch.renew(now, ...rest);
    };
    primary = new Primary(primaryOptions(settings), renew);
    const reporter = new Reporter(primary);
    try {
      await primary.start();
      // By `baton stop`, too.
      primary.once('stopped', () => {
        void changes.close();
        endSoon();
      });
      control.drive(primary);
      reporter.started();
    } catch (error) {
      primary = undefined;
      if (signals.ordered || isStopped(error)) await changes.close();
      else tellWhatAChangeCanMend(error);
    }
  };
  const startAgain = async (): Promise<void> => {
    let settings: LoadedSettings;
    try {
      settings = await launch.load();
    } catch (error) {
      return waitForChange(error);
    }
    await start(settings);
  };
  try {
    await start(first);
    for (let batch = await changes.next(); batch !== undefined; batch = await changes.next()) {
      say('changed', `${describeFiles(batch, place)} changed: ${primary ? 'reloading' : 'starting again'}`);
      await (primary ? reload(primary) : startAgain());
    }
  } finally {
    await changes.close();
    await primary?.stop({ delayMs: 0 });
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
  waitForChange(error);
}

export function waitForChange(error: unknown): void {
  if (!(error instanceof BatonError)) throw error;
  sayError(error);
  say('waiting', 'waiting for a file to change');
}
