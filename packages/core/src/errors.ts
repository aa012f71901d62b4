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
    `There is no directory ${directory} for workers to run in. Put a release there, or give another one with --cwd, and try again.`,
  BATON_NO_WORKING_DIRECTORY: () =>
    'The working directory of this process was deleted. Change to one that is there, and try again.',
  BATON_APP_NOT_FOUND: (app: string, cwd: string, command?: string) =>
    `There is no app ${show(app)} in ${cwd}. ${command === undefined ? '' : `Did you mean the command ${command}? `}` +
    'Give the path of the file that node would run.',
  BATON_NO_ACCESS: (what: string, file: string, code: string) =>
    `The ${what} ${file} cannot be reached: ${code}. Let the user that runs baton enter the directories of its path, or give another one.`,
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
      : `\nIt could not listen on ${obstacle.wanted}: that is in use by this app's own old version, which listens on ${obstacle.holder}. ` +
        'Stop the app and start it again, or choose another port.') +
    (failure === undefined ? '' : `\n${failure}`),
  BATON_LIMIT_TOO_LOW: (slot: number, found: string, limit: string, remedy: string) =>
    `A fresh worker of slot ${slot} already ${found}, more than ${limit}, and so will be the next one: replacing it would not help. ` +
    `${remedy} Until then, such workers are replaced after a minute, and ever more seldom.`,
  BATON_RELOAD_FAILED: (replaced: number, slots: number, why: string) =>
    `The reload has failed, and ${replaced} of ${slots} workers were replaced; the others go on as they are. ${why}`,
  BATON_IN_WORKER: () =>
    'This process is a worker already; it cannot be a primary too. Start the Primary only where cluster.isPrimary is true.',
  BATON_BUNDLED: () =>
    'This copy of @baton/core was bundled into another file: apart from its package it finds neither its addon nor what workers load first. ' +
    'Name @baton/core as external to the bundler, such as with --external:@baton/core of esbuild, and install it where the app runs.',
  BATON_STOPPED: () => 'The primary was stopped before its workers were ready.',
  BATON_NOT_RUNNING: (action: string) =>
    `The primary does not run, so it cannot ${action}. Wait for start() first; after stop(), make a new one.`,
  BATON_LISTENER_LIMIT: (address: string, limit: number) =>
    `The app asks for one listener more, ${address}, than the ${limit} that a primary has at most. Close some.`,
  BATON_ALREADY_STARTED: () => 'This Primary was started before. Make a new one.',
  BATON_METRICS_LISTEN: (address: string) =>
    `The metrics server cannot listen on ${address}. Choose another address with --metrics [host:]port, or --no-metrics.`,
  BATON_ADDON_NOT_LOADED: (machine: string, why: string, remedy: string) =>
    `Baton's native addon could not be loaded on ${machine}. ${why} ${remedy}`,
  BATON_ADDON_NOT_BUILT: (why: string, remedy: string) =>
    `Baton's native addon was not built. ${why} ${remedy}`,
  BATON_PLAIN_PROCESS: (command: string, why: string) =>
    `The command ${command} has nobody to ask. ${why} So "baton app.js" runs the app as one plain process here, without workers and ` +
    'without a control socket; signals reach it, and --watch starts it again.',
  BATON_UNSUPPORTED_NODE: (version: string, missing: string) =>
    `Baton cannot run in Node ${version}: ${missing}. Use a Node release that Baton's README names.`,
  BATON_CHANNEL: (detail: string) =>
    `The channel to the primary is unusable: ${detail}. Workers are started by Baton only; do not set BATON_CHANNEL_FD.`,
  BATON_ILLEGAL_STATE: (subject: string, from: string, to: string) =>
    `${subject} cannot go from ${from} to ${to}.`,
  BATON_CONTROL_UNTRUSTED: (path: string, why: string) =>
    `The control socket cannot be trusted: ${path} ${why}. Remove it, or set XDG_RUNTIME_DIR to another directory; ` +
    'an app runs without a control socket with --no-control.',
  BATON_CONTROL_DIRECTORY: (path: string, code: string) =>
    `There can be no control socket: ${path} cannot be made or written (${code}). ` +
    'Set XDG_RUNTIME_DIR to a directory of this user, or use --no-control.',
  BATON_CONTROL_PATH: (path: string, bytes: number, most: number) =>
    `The path of the control socket, ${path}, has ${bytes} bytes; ${most} is the most. ` +
    'Choose a shorter --name, or set XDG_RUNTIME_DIR to a directory with a shorter path.',
  BATON_NAME_TAKEN: (name: string, holder: string) =>
    `The name ${show(name)} is taken by ${holder}. Stop that one, or give this one another name with --name.`,
  BATON_NO_PRIMARY: (wanted: string, others: readonly string[]) =>
    `No primary ${wanted}. ` +
    (others.length === 0
      ? 'None runs for this user here. Start one, as in "baton app.js".'
      : `Running: ${others.join(', ')}; choose with --name.`),
  BATON_SEVERAL_PRIMARIES: (directory: string, choices: readonly string[]) =>
    `Several primaries run in ${directory}. Say which one is meant:\n${choices.map((line) => `  ${line}`).join('\n')}`,
  BATON_CONTROL_PROTOCOL: (detail: string) =>
    `The two do not speak the same protocol: ${detail}. Use the baton command of the version that runs.`,
  BATON_CONTROL_REQUEST: (detail: string) => `The request is wrong: ${detail}.`,
  BATON_CONTROL_LOST: (name: string, detail: string) =>
    `The primary ${show(name)} gave no full answer: ${detail}. Its own output may say why.`,
  BATON_COMMAND_FAILED: (message: string) => message,
  BATON_SYSTEM_CALL: (action: string, code: string) => `The primary could not ${action}: ${code}.`,
  BATON_NO_TERMINAL: (stream: 'stdin' | 'stdout') =>
    `The command top needs a terminal, and ${stream} is none. baton status shows the same once, and baton status --json for programs.`,
  BATON_MESSAGE_TOO_LONG: (bytes: number, most: number) =>
    `The message was not sent: its JSON has ${bytes} bytes, and may have ${most}. Send less, or in pieces.`,
  BATON_MESSAGES_WAIT: (most: number) =>
    `The message was not sent: more than ${most} characters of messages before it wait for the other side to take them. Send fewer, or ` +
    'await the callback of one before the next.',
  BATON_HANDLE_NOT_SENT: () =>
    'The message was not sent: no socket or server goes with it. Listen in each worker on the same address instead.',
  BATON_ALREADY_REGISTERED: () =>
    'The Fastify plugin of Baton is registered on this app already. Register it once, on the root instance.',
  BATON_METRICS_CLIENT: (detail: string) =>
    `Requests cannot be measured: none of prom-client, @prometheus-io/client and @platformatic/prom-client can be loaded (${detail}). ` +
    'Install one of them, give another client as metrics.client, or set metrics: false.',
  BATON_METRIC_TAKEN: (metric: string) =>
    `The app has a metric ${metric} of its own. Leave out the option metrics, so that it is served and nothing else measured, give ` +
    'another registry as metrics.registry, or set metrics: false.',
  BATON_NO_ADMIN: (wanted: string) =>
    `There is no ${wanted} of all workers: the primary serves none. Start it without --no-metrics.`,
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
