import { inspect } from 'node:util';
import { nameWorker } from './worker-name.js';

/**
 * Every error of Baton's own: its code, and the text with what failed, on which object, and what to do.
 * `docs/errors.md` mirrors this list.
 */
const texts = {
  BATON_USAGE: (problem: string, command: string) => `${problem} See ${command} --help.`,
  BATON_INVALID_OPTION: (option: string, expected: string, given: unknown) =>
    `The option ${option} must be ${expected}; it is ${show(given)}.`,
  BATON_UNKNOWN_OPTION: (option: string, remedy: string) => `There is no option ${show(option)}. ${remedy}`,
  BATON_NO_APP: () =>
    'There is no app to run. Give its file, as in "baton app.js", or set app in baton.config.js, .mjs, .cjs, .ts or .json.',
  BATON_CONFIG_FILE: (file: string, problem: string) => `The configuration file ${file} ${problem}`,
  BATON_CONFIG_AMBIGUOUS: (files: string) =>
    `There is more than one configuration file: ${files}. Keep one, or choose with --config.`,
  BATON_UNKNOWN_SETTING: (setting: string, where: string, remedy: string) =>
    `There is no setting ${setting} in ${where}. ${remedy}`,
  BATON_NO_DIRECTORY: (directory: string) =>
    `The workers' directory ${directory} does not exist. Put a release there, or choose another directory with --cwd, and try again.`,
  BATON_NO_WORKING_DIRECTORY: () =>
    'The working directory of this process was deleted. Change to a directory that exists, and try again.',
  BATON_APP_NOT_FOUND: (app: string, cwd: string, command?: string) =>
    `There is no app ${show(app)} in ${cwd}. ${command === undefined ? '' : `Did you mean the command ${command}? `}` +
    "Give the path of the app's main file.",
  BATON_NO_ACCESS: (what: string, file: string, code: string) =>
    `The ${what} ${file} cannot be accessed: ${code}. Give the user that runs baton access to the directories in its path, or choose another path.`,
  BATON_BOOT_FAILED: (app: string, how: string, hint: string) =>
    `No worker could start ${app}: ${how} before it was ready. ${hint}`,
  BATON_WORKER_FAILED: (
    slot: number,
    pid: number | undefined,
    how: string,
    failure: string | undefined,
    obstacle: { wanted: string; holder: string } | undefined,
  ) =>
    `The new ${nameWorker(slot, pid)} ${how}.` +
    (obstacle === undefined
      ? ''
      : `\nIt could not listen on ${obstacle.wanted}: this app's old version still listens on ${obstacle.holder}. ` +
        'Stop the app and start it again, or choose another port.') +
    (failure === undefined ? '' : `\n${failure}`),
  BATON_LIMIT_TOO_LOW: (slot: number, found: string, limit: string, remedy: string) =>
    `A new worker of slot ${slot} already ${found}, above ${limit}. Replacing it does not help, since the next one would be above it too. ` +
    `${remedy} Until then, Baton replaces such workers only after a minute, then less and less often.`,
  BATON_RELOAD_FAILED: (replaced: number, slots: number, why: string) =>
    `The reload failed: ${replaced} of ${slots} workers were replaced, the others keep running. ${why}`,
  BATON_IN_WORKER: () =>
    'This process is already a worker; it cannot also be a primary. Start the Primary only where cluster.isPrimary is true.',
  BATON_BUNDLED: () =>
    'This copy of @baton/core was bundled into another file: outside its package, it cannot find its native addon or the files that workers load. ' +
    'Mark @baton/core as external in your bundler (esbuild: --external:@baton/core), and install it where the app runs.',
  BATON_STOPPED: () => 'The primary was stopped before its workers were ready.',
  BATON_NOT_RUNNING: (action: string) =>
    `The primary is not running, so it cannot ${action}. Await start() first; after stop(), create a new Primary.`,
  BATON_LISTENER_LIMIT: (address: string, limit: number) =>
    `The app cannot listen on ${address}: it already has ${limit} listeners, the most that a primary can have. Close some.`,
  BATON_ALREADY_STARTED: () => 'This Primary was already started. Create a new one.',
  BATON_METRICS_LISTEN: (address: string) =>
    `The metrics server cannot listen on ${address}. Choose another address with --metrics [host:]port, or use --no-metrics.`,
  BATON_ADDON_NOT_LOADED: (machine: string, why: string, remedy: string) =>
    `Baton's native addon could not be loaded on ${machine}. ${why} ${remedy}`,
  BATON_ADDON_NOT_BUILT: (why: string, remedy: string) =>
    `Baton's native addon was not built. ${why} ${remedy}`,
  BATON_PLAIN_PROCESS: (command: string, why: string) =>
    `The command ${command} does not work here. ${why} So "baton app.js" runs the app as one plain process, without workers and ` +
    'without a control socket. You can still send it signals, and --watch restarts it.',
  BATON_UNSUPPORTED_NODE: (version: string, missing: string) =>
    `Baton cannot run in Node ${version}: ${missing}. Use a Node version that Baton's README lists.`,
  BATON_CHANNEL: (detail: string) =>
    `The channel to the primary is unusable: ${detail}. Only Baton can start workers; do not set BATON_CHANNEL_FD yourself.`,
  BATON_ILLEGAL_STATE: (subject: string, from: string, to: string) =>
    `${subject} cannot go from ${from} to ${to}.`,
  BATON_CONTROL_UNTRUSTED: (path: string, why: string) =>
    `Baton does not trust the control socket: ${path} ${why}. Remove it, set XDG_RUNTIME_DIR to another directory, ` +
    'or run the app without a control socket (--no-control).',
  BATON_CONTROL_DIRECTORY: (path: string, code: string) =>
    `Baton cannot have a control socket: ${path} cannot be created or written (${code}). ` +
    'Set XDG_RUNTIME_DIR to a directory that belongs to this user, or use --no-control.',
  BATON_CONTROL_PATH: (path: string, bytes: number, most: number) =>
    `The path of the control socket is too long: ${path} has ${bytes} bytes; the limit is ${most}. ` +
    'Choose a shorter --name, or set XDG_RUNTIME_DIR to a directory with a shorter path.',
  BATON_NAME_TAKEN: (name: string, holder: string) =>
    `The name ${show(name)} is already used by ${holder}. Stop that one, or choose another name with --name.`,
  BATON_NO_PRIMARY: (wanted: string, others: readonly string[]) =>
    `No primary ${wanted}. ` +
    (others.length === 0
      ? 'None is running for this user. Start one, as in "baton app.js".'
      : `Running: ${others.join(', ')}; choose with --name.`),
  BATON_SEVERAL_PRIMARIES: (directory: string, choices: readonly string[]) =>
    `Several primaries run in ${directory}. Choose one:\n${choices.map((line) => `  ${line}`).join('\n')}`,
  BATON_CONTROL_PROTOCOL: (detail: string) =>
    `The command and the primary speak different protocols: ${detail}. Use the baton command of the version that is running.`,
  BATON_CONTROL_REQUEST: (detail: string) => `The request is invalid: ${detail}.`,
  BATON_CONTROL_LOST: (name: string, detail: string) =>
    `The primary ${show(name)} did not give a complete answer: ${detail}. Its own output may say why.`,
  BATON_COMMAND_FAILED: (message: string) => message,
  BATON_SYSTEM_CALL: (action: string, code: string) => `The primary could not ${action}: ${code}.`,
  BATON_NO_TERMINAL: (stream: 'stdin' | 'stdout') =>
    `The command top needs a terminal, but ${stream} is not one. Use baton status to see the same once, or baton status --json in programs.`,
  BATON_MESSAGE_TOO_LONG: (bytes: number, most: number) =>
    `The message was not sent: its JSON has ${bytes} bytes; the limit is ${most}. Send less, or split it into several messages.`,
  BATON_MESSAGES_WAIT: (most: number) =>
    `The message was not sent: the other side has not read more than ${most} characters of earlier messages yet. Send fewer, or ` +
    'wait for the callback of one before you send the next.',
  BATON_HANDLE_NOT_SENT: () =>
    'The message was not sent: Baton does not send sockets or servers with messages. Listen on the same address in each worker instead.',
  BATON_ALREADY_REGISTERED: () =>
    "Baton's Fastify plugin is already registered on this app. Register it once, on the root instance.",
  BATON_METRICS_CLIENT: (detail: string) =>
    `Requests cannot be measured: none of prom-client, @prometheus-io/client and @platformatic/prom-client can be loaded (${detail}). ` +
    'Install one of them, pass another client as metrics.client, or set metrics: false.',
  BATON_METRIC_TAKEN: (metric: string) =>
    `The app already has a metric ${metric}. Leave out the option metrics to serve that metric and measure nothing else, pass ` +
    'another registry as metrics.registry, or set metrics: false.',
  BATON_NO_ADMIN: (wanted: string) =>
    `The ${wanted} of all workers is not available: the primary has no metrics server. Start it without --no-metrics.`,
  BATON_ADMIN_FAILED: (url: string, detail: string) => `The primary did not answer at ${url}: ${detail}.`,
} satisfies Record<string, (...args: never[]) => string>;

/**
 * The codes of Baton's errors. docs/errors.md says what each means and what to do.
 * @useDeclaredType
 */
export type BatonErrorCode = keyof typeof texts;

/** The codes of Baton's errors, for the documentation and for tests. */
export const errorCodes = Object.keys(texts) as BatonErrorCode[];

/**
 * An error of Baton's own. Its `message` says what failed, on which object, and what to do; its `cause` is the error behind it, if there is
 * one. Errors of the app and of the system keep their own classes.
 */
export class BatonError<Code extends BatonErrorCode = BatonErrorCode> extends Error {
  /** Always `BatonError`. */
  override readonly name = 'BatonError';
  /** Which error it is. A code keeps its meaning; the text may change. */
  readonly code: Code;

  /**
   * `detail` fills the text of `code`; a `cause` keeps the error behind this one.
   * @internal
   */
  constructor(code: Code, detail: Parameters<(typeof texts)[Code]>, cause?: unknown) {
    const text = texts[code] as (...args: typeof detail) => string;
    super(text(...detail), cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { breakLength: Infinity });
}
