import {
  handoffs,
  mostOpenOffers,
  mostWorkers,
  policies,
  type MetricsAddress,
  type PrimaryOptions,
} from '../options.js';
import * as kinds from './kinds.js';
import * as pathKinds from './path-kinds.js';
import type { Setting } from './setting.js';
import type { Size, Time } from './units.js';

/** How Baton tells of itself: in lines for people, or in JSON, an object a line. */
export type LogFormat = (typeof logFormats)[number];
const logFormats = ['text', 'json'] as const;

/** What the command line can set: options of a primary, by their names, and what concerns the command alone. */
export interface SettingValues extends Omit<
  Required<PrimaryOptions>,
  'cwd' | 'env' | 'listenWarningMs' | 'defaultName' | 'prefixOutput'
> {
  /** Whether to reload when a file changes. */
  watch: boolean;
  /** What is watched. Default: the working directory. */
  watchPaths: readonly string[];
  /** Whether there is a control socket. */
  control: boolean;
  /** How what happens is told on standard error. */
  logFormat: LogFormat;
}

export type SettingKey = keyof SettingValues;

/**
 * What a configuration file may have: the settings as options of a primary, or in the form that people write. A `Time` is a
 * number of milliseconds, or `'500ms'`, `'10s'`, `'30m'`, `'12h'`; a `Size` is a number of bytes, or `'64K'`, `'512M'`, `'2G'`. docs/cli.md says
 * what each does.
 * @interface
 */
export type BatonConfig = {
  [Key in SettingKey]?: Key extends `${string}Ms`
    ? Time
    : Key extends 'maxMemoryBytes'
      ? Size
      : Key extends 'metrics'
        ? MetricsAddress | false | `${string}:${number}` | `${number}` | 'off'
        : SettingValues[Key];
};

const workers = 'Workers:';
const connections = 'Connections:';
const replacing = 'Replacing workers:';
const operation = 'Metrics and control:';
const development = 'Development:';

/** Every setting of the command line, once: flags, environment variables, configuration file, schema, help and docs/cli.md follow from it. */
export const settings: { readonly [Key in SettingKey]: Setting<SettingValues[Key]> } = {
  app: {
    kind: pathKinds.file,
    help: "the app's main file",
    details: 'On the command line, it is the first argument.',
    default: 'none',
  },
  args: {
    kind: pathKinds.words,
    help: "the app's own arguments",
    details: 'On the command line, they come after the app, or after `--`.',
    default: 'none',
  },
  workers: {
    kind: kinds.workers,
    flag: '-w, --workers <n|max>',
    group: workers,
    help: 'how many worker processes run the app',
    details:
      '`max` is one for each processor that Baton may use: see [how many workers](configuration.md#how-many-workers). `baton scale` changes ' +
      'the number while the app runs.',
    default: 'WEB_CONCURRENCY, or one per core',
  },
  import: {
    kind: pathKinds.importedModules,
    flag: '--import <module>',
    group: workers,
    help: 'ES module that each worker loads first; may be repeated',
    details: 'It takes the same as `node --import`: a path, a URL, or the name of a package.',
    default: 'none',
  },
  require: {
    kind: pathKinds.requiredModules,
    flag: '-r, --require <module>',
    group: workers,
    help: 'module that each worker loads first; may be repeated',
    details: 'It takes the same as `node --require`: a path, or the name of a package.',
    default: 'none',
  },
  execArgv: {
    kind: pathKinds.nodeArguments,
    flag: '--node-args <args>',
    group: workers,
    help: 'node options for the workers, like those before the app; may be repeated',
    details:
      "Workers get them in addition to the options of baton's own node. See [options of node](configuration.md#options-of-node).",
    default: "those of baton's own node",
  },
  waitReady: {
    kind: kinds.flag,
    flag: '--wait-ready',
    group: workers,
    help: 'a worker is ready when the app says so, not when its first server listens',
    details:
      "The app says so by `ready()` of `@baton/core/worker`, or by `process.send('ready')`. Until then the worker gets no connections.",
    default: 'false',
  },
  minUptimeMs: {
    kind: kinds.time(),
    flag: '--min-uptime <time>',
    group: workers,
    help: 'a worker that crashes sooner is restarted with exponential backoff',
    details:
      'The first restart is immediate, the second one comes after 100 ms. The wait doubles with each crash, up to 30 s.',
    default: '5s',
  },
  stopTimeoutMs: {
    kind: kinds.time(),
    flag: '--stop-timeout <time>',
    group: workers,
    help: 'at a stop, workers that take longer to end get SIGKILL',
    details: 'See [stopping](stopping.md).',
    default: '10s',
  },
  stopDelayMs: {
    kind: kinds.time(),
    flag: '--stop-delay <time>',
    group: workers,
    help: 'how long connections are still accepted at a stop, unless the app closes its server',
    details:
      'It must be less than `--stop-timeout`. The default is at most half of that. At Ctrl-C there is no delay.',
    default: '5s if the app listens for the signal, otherwise 0',
  },
  stopSignal: {
    kind: kinds.stopSignal,
    flag: '--stop-signal <signal>',
    group: workers,
    help: 'the signal that tells the app to stop',
    details:
      'An app that does not listen for it gets SIGTERM or SIGINT, whichever it listens for. `TERM` is the same as `SIGTERM`.',
    default: 'SIGTERM',
  },
  handoff: {
    kind: kinds.choice(handoffs),
    flag: '--handoff <kind>',
    group: connections,
    help: 'what the primary hands to workers: each connection, or one listening socket per worker',
    details:
      'With `connections` the primary accepts each connection and hands it to a worker. With `listeners` each worker accepts from a ' +
      'listening socket of its own, and the primary stands in for workers that have ended or are stalled. See [which one to ' +
      'choose](how-it-works.md).',
    default: 'connections',
  },
  policy: {
    kind: kinds.choice(policies),
    flag: '--policy <policy>',
    group: connections,
    help: 'which worker gets a connection: the least loaded, each in turn, or by client address',
    details:
      '`least-loaded`: the worker with the fewest requests in progress, and among those the one with the fewest ' +
      'open connections. `round-robin`: strictly each in turn. `sticky`: all connections of one client address go to the same worker. ' +
      'While that worker is stalled, or missing, another one gets them: Socket.IO also needs `--stall-after 2s`. Behind a proxy, all have the ' +
      "proxy's address. `sticky` is refused with `--handoff listeners`, where the kernel chooses the worker.",
    default: 'least-loaded',
  },
  rebalance: {
    kind: kinds.flag,
    offFlag: '--no-rebalance',
    offHelp: 'never move idle connections to other workers',
    group: connections,
    help: 'whether a worker with more than its share of connections gives idle ones to others',
    details: 'The policy `sticky` never rebalances.',
    default: 'true',
  },
  stallAfterMs: {
    kind: kinds.time(1),
    flag: '--stall-after <ms>',
    group: connections,
    help: 'a worker is stalled once its event loop has not turned for this long',
    details:
      'Connections that it has not taken by then go to other workers. It gets no new ones while any other worker is not stalled.',
    default: '20',
  },
  maxOpenOffers: {
    kind: kinds.count(mostOpenOffers),
    flag: '--max-open-offers <n>',
    group: connections,
    help: 'how many connections may be on their way to one worker',
    details:
      "Further connections wait in the kernel's queue. Each connection on its way takes a file descriptor of the primary.",
    default: '256',
  },
  queueTimeoutMs: {
    kind: kinds.time(1),
    flag: '--queue-timeout <ms>',
    group: connections,
    help: 'close an accepted connection that no worker takes within this time',
    details:
      "Its time in the kernel's queue does not count. `baton_connections_dropped_total` counts the closed connections.",
    default: 'never',
  },
  reloadConcurrency: {
    kind: kinds.count(mostWorkers),
    flag: '--reload-concurrency <n>',
    group: replacing,
    help: 'how many slots a reload replaces at a time',
    default: '1',
  },
  allowDroppedListeners: {
    kind: kinds.flag,
    flag: '--allow-dropped-listeners',
    group: replacing,
    help: 'a reload may close addresses that a new worker does not listen on',
    details:
      'Without it, a reload fails if a new worker does not listen on every address of the old one. `baton reload` has the same ' +
      'option, for one reload.',
    default: 'false',
    watchDefault: true,
  },
  readyTimeoutMs: {
    kind: kinds.time(1),
    flag: '--ready-timeout <time>',
    group: replacing,
    help: 'a reload fails if a new worker takes longer to become ready',
    details: 'By then it must also listen on every address of the old worker.',
    default: '30s',
  },
  probationMs: {
    kind: kinds.time(),
    flag: '--probation <time>',
    group: replacing,
    help: "how long a new worker must live before it takes the old one's place",
    details: 'The time starts when the worker is ready. During its probation it gets no connections.',
    default: '2s',
    watchDefault: 0,
  },
  drainTimeoutMs: {
    kind: kinds.time(),
    flag: '--drain-timeout <time>',
    group: replacing,
    help: 'how long an old worker may take to finish its requests',
    details:
      'Connections that are still open then are closed and counted. It also applies to workers that `baton scale` removes.',
    default: '30s',
    watchDefault: 1_000,
  },
  maxMemoryBytes: {
    kind: kinds.size,
    flag: '--max-memory <size>',
    group: replacing,
    help: 'replace a worker whose resident memory is larger',
    details: 'Baton checks once a second, and replaces one worker at a time, as a reload does.',
    default: 'no limit',
  },
  maxAgeMs: {
    kind: kinds.time(1_000),
    flag: '--max-age <time>',
    group: replacing,
    help: 'replace a worker that is older',
    details: 'Baton replaces one worker at a time, as a reload does.',
    default: 'no limit',
  },
  metrics: {
    kind: kinds.metrics,
    flag: '--metrics <[host:]port>',
    offFlag: '--no-metrics',
    offHelp: 'serve no metrics',
    group: operation,
    help: 'where /metrics, /readyz and the status page are served',
    details:
      'In the environment, `off` is `--no-metrics`. In a file it may also be `{ host, port }` or `false`. If the default port is in use, ' +
      'Baton takes the next free one; if a port that you give is in use, Baton does not start.',
    default: '127.0.0.1:22866',
  },
  minReady: {
    kind: kinds.count(mostWorkers),
    flag: '--min-ready <n>',
    group: operation,
    help: 'how many workers must be ready for /readyz to succeed',
    default: '1',
  },
  stalledTimeoutMs: {
    kind: kinds.time(),
    flag: '--stalled-timeout <time>',
    group: operation,
    help: '/readyz fails once all workers have been stalled for this long; 0: never',
    details: 'Only workers that are ready count.',
    default: '5s',
  },
  gatherTimeoutMs: {
    kind: kinds.time(1),
    flag: '--gather-timeout <time>',
    group: operation,
    help: "how long a scrape waits for the app's metrics from a worker",
    details: 'A worker that takes longer is left out of that scrape.',
    default: '1s',
  },
  requestMetrics: {
    kind: kinds.flag,
    offFlag: '--no-request-metrics',
    offHelp: 'do not count and time HTTP requests',
    group: operation,
    help: 'whether HTTP requests are counted and timed, by worker and by status class',
    default: 'true',
  },
  metricsIntervalMs: {
    kind: kinds.time(100),
    flag: '--metrics-interval <time>',
    group: operation,
    help: "how often workers send the app's metrics to the primary",
    details: 'If a worker is killed, what it has counted since it last sent them is lost.',
    default: '5s',
  },
  name: {
    kind: kinds.name,
    flag: '--name <name>',
    group: operation,
    help: "the app's name, by which baton status and other commands find it",
    details:
      'It has 1 to 64 of the characters `A-Z a-z 0-9 . _ -`, and does not begin with a dot. By default it is the `name` in the nearest package.json at or ' +
      "above the app's directory, with `@acme/shop` as `acme-shop`; without a package.json, it is the name of the directory. If " +
      "another primary uses that name, Baton appends the name of the app's file, then a number: see [control](control.md). If another " +
      'primary uses a name that you give, Baton does not start.',
    default: 'from package.json',
  },
  control: {
    kind: kinds.flag,
    offFlag: '--no-control',
    offHelp: 'do not open a control socket',
    group: operation,
    help: 'whether there is a control socket',
    details:
      'Without one, `baton status`, `baton reload` and other commands do not find the app; signals still work.',
    default: 'true',
  },
  logFormat: {
    kind: kinds.choice(logFormats),
    flag: '--log-format <format>',
    group: operation,
    help: "format of Baton's log on standard error: lines for people, or one JSON object per line",
    details: 'See [logs](logs.md).',
    default: 'text',
  },
  watch: {
    kind: kinds.flag,
    flag: '--watch',
    group: development,
    help: 'reload when a file changes',
    details: 'See [watching](configuration.md#watching).',
    default: 'false',
  },
  watchPaths: {
    kind: pathKinds.paths,
    flag: '--watch-path <path>',
    group: development,
    help: 'file or directory to watch; may be repeated',
    default: 'the working directory',
  },
};

export const settingKeys = Object.keys(settings) as SettingKey[];

/** The long flag of a setting: `--stall-after`. Undefined for what stands on the command line by its place. */
export function flagOf(key: SettingKey): string | undefined {
  const { flag, offFlag } = settings[key];
  return /--[a-z-]+/.exec(flag ?? offFlag ?? '')?.[0];
}

/** The environment variable of a setting: `BATON_STALL_AFTER`. */
export function variableOf(key: SettingKey): string {
  const words = (flagOf(key) ?? key).replace(/^--(no-)?/, '');
  return `BATON_${words.replaceAll('-', '_').toUpperCase()}`;
}
