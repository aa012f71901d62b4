import { spawnSync } from 'node:child_process';
import { isatty } from 'node:tty';

/** What a terminal sends to all processes in its foreground: the app has it already. */
const ofTerminal = ['SIGINT', 'SIGQUIT'] as const;
const ofOthers = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** In Windows none can be sent: what comes is of the console, and all its processes get it. */
const ofConsole = ['SIGINT', 'SIGBREAK', 'SIGHUP'] as const;

const ending: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']);

/**
 * Has the signals that come to this process passed on, and none of them end it. `onEnd`: one has come by which processes end, and `pass` was
 * called with it before, where the app has not got it already.
 */
export function passSignals(
  pass: (signal: NodeJS.Signals) => void,
  onEnd: (signal: NodeJS.Signals) => void,
): void {
  const isWindows = process.platform === 'win32';
  const signals = isWindows ? ofConsole : [...ofTerminal, ...ofOthers];
  for (const signal of signals) {
    process.on(signal, () => {
      const isHeardByAll =
        isWindows || ((ofTerminal as readonly string[]).includes(signal) && isInForeground());
      if (!isHeardByAll) pass(signal);
      if (ending.has(signal)) onEnd(signal);
    });
  }
}

/** Whether this process is in the foreground of its terminal: asked of ps(1), since Node does not know; where there is none, guessed. */
function isInForeground(): boolean {
  const { status, stdout } = spawnSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], {
    encoding: 'utf8',
  });
  const [group, foreground] = status === 0 ? stdout.trim().split(/\s+/) : [];
  return group === undefined || foreground === undefined ? isatty(0) : group === foreground;
}
