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

/** What a configuration file may have: the settings as options of a primary, or in the form that people write. */
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

/** Every setting of the command line, once: flags, environment variables, configuration file, schema and help follow from it. */
export const settings: { readonly [Key in SettingKey]: Setting<SettingValues[Key]> } = {
  app: { kind: pathKinds.file, help: 'the file that node would run', default: 'none' },
  args: { kind: pathKinds.words, help: "the app's own arguments", default: 'none' },
  workers: {
    kind: kinds.workers,
    flag: '-w, --workers <n|max>',
    group: workers,
    help: 'worker processes',
    default: 'WEB_CONCURRENCY, else one a core',
  },
  import: {
    kind: pathKinds.importedModules,
    flag: '--import <module>',
    group: workers,
    help: 'ES module that each worker loads first; may be repeated',
    default: 'none',
  },
  require: {
    kind: pathKinds.requiredModules,
    flag: '-r, --require <module>',
    group: workers,
    help: 'module that each worker loads first; may be repeated',
    default: 'none',
  },
  execArgv: {
    kind: pathKinds.nodeArguments,
    flag: '--node-args <args>',
    group: workers,
    help: 'options of node for the workers, also those before the app; may be repeated',
    default: "those of baton's own node",
  },
  waitReady: {
    kind: kinds.flag,
    flag: '--wait-ready',
    group: workers,
    help: 'a worker is ready when it says so, not when its first server listens',
    default: 'false',
  },
  minUptimeMs: {
    kind: kinds.time(),
    flag: '--min-uptime <time>',
    group: workers,
    help: 'a worker that crashes sooner is started again with backoff',
    default: '5s',
  },
  stopTimeoutMs: {
    kind: kinds.time(),
    flag: '--stop-timeout <time>',
    group: workers,
    help: 'workers that take longer to end at a stop get SIGKILL',
    default: '10s',
  },
  stopDelayMs: {
    kind: kinds.time(),
    flag: '--stop-delay <time>',
    group: workers,
    help: 'how long a stop still takes connections, unless the app closes its server',
    default: '5s where the app listens for the signal, else 0',
  },
  stopSignal: {
    kind: kinds.stopSignal,
    flag: '--stop-signal <signal>',
    group: workers,
    help: 'what the app hears when a worker is to end',
    default: 'SIGTERM',
  },
  handoff: {
    kind: kinds.choice(handoffs),
    flag: '--handoff <kind>',
    group: connections,
    help: 'what workers are handed: each connection, or a listening socket each',
    default: 'connections',
  },
  policy: {
    kind: kinds.choice(policies),
    flag: '--policy <policy>',
    group: connections,
    help: 'the least loaded worker, strictly in turn, or by client address',
    default: 'least-loaded',
  },
  rebalance: {
    kind: kinds.flag,
    offFlag: '--no-rebalance',
    offHelp: 'leave connections where they are, however uneven the shares',
    group: connections,
    help: 'whether a worker above its share of connections gives idle ones to others',
    default: 'true',
  },
  stallAfterMs: {
    kind: kinds.time(1),
    flag: '--stall-after <ms>',
    group: connections,
    help: 'without a turn of its event loop, a worker is stalled',
    default: '20',
  },
  maxOpenOffers: {
    kind: kinds.count(mostOpenOffers),
    flag: '--max-open-offers <n>',
    group: connections,
    help: 'connections on their way to one worker, at most',
    default: '256',
  },
  queueTimeoutMs: {
    kind: kinds.time(1),
    flag: '--queue-timeout <ms>',
    group: connections,
    help: 'close what no worker takes in that time',
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
    help: 'a reload may end what a new worker does not listen on',
    default: 'false',
    watchDefault: true,
  },
  readyTimeoutMs: {
    kind: kinds.time(1),
    flag: '--ready-timeout <time>',
    group: replacing,
    help: 'a reload fails if a new worker takes longer to become ready',
    default: '30s',
  },
  probationMs: {
    kind: kinds.time(),
    flag: '--probation <time>',
    group: replacing,
    help: "how long a new worker must live before it takes the old one's place",
    default: '2s',
    watchDefault: 0,
  },
  drainTimeoutMs: {
    kind: kinds.time(),
    flag: '--drain-timeout <time>',
    group: replacing,
    help: 'how long an old worker may take to finish its requests',
    default: '30s',
    watchDefault: 1_000,
  },
  maxMemoryBytes: {
    kind: kinds.size,
    flag: '--max-memory <size>',
    group: replacing,
    help: 'replace a worker whose resident memory is larger',
    default: 'no limit',
  },
  maxAgeMs: {
    kind: kinds.time(1_000),
    flag: '--max-age <time>',
    group: replacing,
    help: 'replace a worker that is older',
    default: 'no limit',
  },
  metrics: {
    kind: kinds.metrics,
    flag: '--metrics <[host:]port>',
    offFlag: '--no-metrics',
    offHelp: 'serve no metrics',
    group: operation,
    help: 'where /metrics, /readyz and the status page are served',
    default: '127.0.0.1:22866',
  },
  minReady: {
    kind: kinds.count(mostWorkers),
    flag: '--min-ready <n>',
    group: operation,
    help: 'how many workers must be ready for /readyz to say so',
    default: '1',
  },
  stalledTimeoutMs: {
    kind: kinds.time(),
    flag: '--stalled-timeout <time>',
    group: operation,
    help: '/readyz fails once all workers have been stalled for so long; 0: never',
    default: '5s',
  },
  gatherTimeoutMs: {
    kind: kinds.time(1),
    flag: '--gather-timeout <time>',
    group: operation,
    help: "how long a scrape waits for a worker's own metrics",
    default: '1s',
  },
  requestMetrics: {
    kind: kinds.flag,
    offFlag: '--no-request-metrics',
    offHelp: 'do not count and time HTTP requests',
    group: operation,
    help: "whether HTTP requests are counted and timed, by their worker and the class of their response's status",
    default: 'true',
  },
  metricsIntervalMs: {
    kind: kinds.time(100),
    flag: '--metrics-interval <time>',
    group: operation,
    help: 'how often workers tell their own metrics unasked',
    default: '5s',
  },
  name: {
    kind: kinds.name,
    flag: '--name <name>',
    group: operation,
    help: 'by which baton status and the like find it',
    default: 'that of package.json',
  },
  control: {
    kind: kinds.flag,
    offFlag: '--no-control',
    offHelp: 'have no control socket',
    group: operation,
    help: 'whether there is a control socket',
    default: 'true',
  },
  logFormat: {
    kind: kinds.choice(logFormats),
    flag: '--log-format <format>',
    group: operation,
    help: 'how Baton tells what happens: in lines for people, or in JSON, an object a line',
    default: 'text',
  },
  watch: {
    kind: kinds.flag,
    flag: '--watch',
    group: development,
    help: 'reload when a file changes',
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
