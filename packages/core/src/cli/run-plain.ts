import { describeExit, type WorkerExit } from '../primary/worker-handle.js';
import { ChangedFiles } from './changed-files.js';
import type { Launch, LoadedSettings } from './launch.js';
import { passSignals } from './passed-signals.js';
import { endAs, PlainProcess } from './plain-process.js';
import { exitFields } from './exit-fields.js';
import { say } from './say.js';
import { waitForChange } from './watch.js';
import { describeFiles, watchedFiles } from './watched-files.js';

/** Runs an app without workers, where Baton has no addon, and ends as it does. `absence`: why there is none, as a sentence. */
export async function runPlain(launch: Launch, settings: LoadedSettings, absence: string): Promise<void> {
  say(
    'plain-process',
    `${absence} ${settings.options.app} runs as one plain process: no workers, no reload, no metrics, no control socket.`,
  );
  freeInspectorPort();
  if (settings.command.watch) return watchPlain(launch, settings);
  const app = new PlainProcess(settings);
  passSignals(
    (signal) => app.kill(signal),
    () => {},
  );
  endAs(await app.exited);
}

/** The same, started again when a file changes. One that has ended gets its next chance then. */
async function watchPlain(launch: Launch, first: LoadedSettings): Promise<void> {
  const changes = new ChangedFiles(watchedFiles(first, first.place), (error) =>
    say('warning', `cannot watch: ${error.message}`),
  );
  await changes.ready();
  let place = first.place;
  let app: PlainProcess | undefined;
  let isReplacing = false;
  /** The last signal that has come by which processes end. */
  let endSignal: NodeJS.Signals | undefined;
  let end: WorkerExit = { code: 0, signal: null };
  passSignals(
    (signal) => app?.kill(signal),
    (signal) => {
      endSignal = signal;
      if (app === undefined) void changes.close();
    },
  );
  const onExit = (exit: WorkerExit): void => {
    app = undefined;
    if (endSignal !== undefined) {
      end = exit;
      void changes.close();
    } else if (!isReplacing)
      say('app-ended', `the app ended ${describeExit(exit)}: waiting for a file to change`, exitFields(exit));
  };
  const start = async (load: () => Promise<LoadedSettings>): Promise<void> => {
    try {
      const settings = await load();
      if (settings.place.realDirectory !== place.realDirectory)
        await changes.watch(watchedFiles(settings, settings.place));
      ({ place } = settings);
      if (endSignal !== undefined) return;
      app = new PlainProcess(settings);
      void app.exited.then(onExit);
    } catch (error) {
      waitForChange(error);
    }
  };
  await start(async () => first);
  for (let batch = await changes.next(); batch !== undefined; batch = await changes.next()) {
    say('changed', `${describeFiles(batch, place)} changed: starting again`);
    // Many apps read their settings anew by it, and live on. After the others, one that is still there ends, only slowly.
    if (app !== undefined && endSignal === 'SIGHUP') endSignal = undefined;
    isReplacing = true;
    await app?.stop();
    isReplacing = false;
    await start(() => launch.load());
  }
  endAs(end);
}

/** Where this node has opened its inspector, the app's has the same options, and opens its own at the same port. */
function freeInspectorPort(): void {
  if (!process.features.inspector) return;
  const inspector = process.getBuiltinModule('node:inspector');
  if (inspector.url() !== undefined) inspector.close();
}
