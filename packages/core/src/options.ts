import path from 'node:path';
import { nodeOptions, withoutProgram } from './exec-argv.js';
import {
  checkNames,
  directoryPath,
  environment,
  ifGiven,
  invalid,
  milliseconds,
  oneOf,
  socketName,
  strings,
  trueOrFalse,
  wholeNumber,
} from './option-checks.js';
import { usableProcessors } from './processors.js';
import { logicalDirectory } from './working-directory.js';

/**
 * How a worker is chosen for a connection: see the option `policy`.
 * @useDeclaredType
 */
export type Policy = (typeof policies)[number];
export const policies = ['least-loaded', 'round-robin', 'sticky'] as const;

/**
 * What is handed to workers: see the option `handoff`.
 * @useDeclaredType
 */
export type Handoff = (typeof handoffs)[number];
export const handoffs = ['connections', 'listeners'] as const;

/**
 * Signals that tell an app to end.
 * @useDeclaredType
 */
export type StopSignal = (typeof stopSignals)[number];
export const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR2'] as const;

/** Of no exporter of metrics that is known, and below the ports that kernels choose from by themselves. */
export const defaultMetricsPort = 22_866;

/** Where the metrics server listens. */
export interface MetricsAddress {
  /** Default `127.0.0.1`: whoever can reach it can read the metrics. */
  host?: string;
  /** 0 takes a free one. Default 22866, or where that is in use, the next one that is free; a `warning` says so. */
  port?: number;
}

/** Options of a {@link Primary}. */
export interface PrimaryOptions {
  /** The file that node would run: CommonJS, ESM, or TypeScript where the Node at hand runs it. */
  app: string;
  /**
   * The directory in which workers run. `app` and other relative paths are relative to it. It is looked up at each reload, so it may be a
   * symbolic link that a deployment points to another release. Default: the working directory, by the path in $PWD where that leads to
   * the same place.
   */
  cwd?: string;
  /** The app's own arguments, `process.argv.slice(2)` in it. Default none. */
  args?: readonly string[];
  /**
   * How many workers, or `max` for one a core: one for each processor that this process may use, by its affinity and by the CPU quota of its
   * container, rounded down. Default: `WEB_CONCURRENCY`, else `max`.
   */
  workers?: number | 'max';
  /**
   * `connections` (default): the primary accepts, and hands each connection to the worker that `policy` chooses. `listeners`: each
   * worker has a listening socket of its own on the same address (SO_REUSEPORT) and accepts by itself, and the kernel
   * chooses by chance; where a worker is gone or stalled, the primary accepts in its place and hands on to the others by
   * `policy`.
   */
  handoff?: Handoff;
  /**
   * `least-loaded` (default): the worker with the fewest requests to deal with, then the one with the fewest open connections; of
   * more than three workers, three are drawn at random and compared. `round-robin`: strictly in turn. `sticky`: by the client's
   * address, so that a client keeps its worker, unless that is stalled or missing; behind a proxy, all have the proxy's. It cannot be had
   * with the handoff `listeners`, where the kernel chooses.
   */
  policy?: Policy;
  /**
   * Whether a worker that has more than its share of the open connections gives idle ones back, for others to have: after a
   * crash, a `scale`, a reload. Never under the policy `sticky`. Default true.
   */
  rebalance?: boolean;
  /**
   * After how long without a turn of its event loop a worker counts as stalled: what it has not taken then goes to others,
   * and it gets no new connections while others are awake. Default 20 ms.
   */
  stallAfterMs?: number;
  /**
   * How many connections are on their way to one worker at most; beyond that they wait in the kernel's queue. Each costs
   * the primary a file descriptor. Default and maximum 256.
   */
  maxOpenOffers?: number;
  /**
   * How long an accepted connection may wait for a worker to take it; then it is closed, and counted. The time that it waited
   * in the kernel before is not known, and does not count. Default: no limit.
   */
  queueTimeoutMs?: number;
  /** Where `/metrics` is served; `false` for nowhere. Default 127.0.0.1:22866. */
  metrics?: MetricsAddress | false;
  /** Modules that each worker loads before the app, as with `node --import`. Default none. */
  import?: readonly string[];
  /** Modules that each worker loads before the app, as with `node --require`. Default none. */
  require?: readonly string[];
  /**
   * Options of node itself for the workers, which say how it runs, not what (`-e`, `--test` …). Default: those of this process, save
   * the latter.
   */
  execArgv?: readonly string[];
  /** The workers' environment. Default: that of this process. */
  env?: Readonly<NodeJS.ProcessEnv>;
  /**
   * The name of the control socket by which `baton status`, `baton reload` and the like find this primary: 1 to 64 of
   * `A-Z a-z 0-9 . _ -`, not a dot first. Default: none, and no control socket.
   */
  name?: string;
  /**
   * The name where `name` is not given. If another primary has it, this one takes it with the name of the app's file behind it
   * (`shop-admin`), or a number too (`shop-admin-2`), and says so as a `warning`. Default: none.
   */
  defaultName?: string;
  /**
   * How long a worker that a reload starts may take to become ready and to serve what the old one does; then, after its probation,
   * to answer a message. Default 30 000 ms.
   */
  readyTimeoutMs?: number;
  /** How long a worker that a reload started must live after that, before it takes the old one's place. Default 2 000 ms. */
  probationMs?: number;
  /**
   * How long a worker that is replaced, or whose slot goes, may take to finish its requests. What is left then is closed, and
   * counted. Default 30 000 ms.
   */
  drainTimeoutMs?: number;
  /**
   * A worker that crashes sooner than this after its start is started again with backoff: at once the first time, then after
   * 100 ms, which doubles up to 30 s. Default 5 000 ms.
   */
  minUptimeMs?: number;
  /**
   * Whether a reload takes a new worker that does not serve all that the old one does. What counts is what the old one has opened,
   * at a fixed port or path, within `readyTimeoutMs` of its start. Default false: the reload fails.
   */
  allowDroppedListeners?: boolean;
  /** How many slots a reload replaces at a time, 1 to 1024. Default 1. */
  reloadConcurrency?: number;
  /**
   * Whether a worker is ready when it says so, by `ready()` of `@baton/core/worker` or `process.send('ready')`, instead of when
   * its first server listens. Before that it gets no connections. Default false.
   */
  waitReady?: boolean;
  /** A worker whose resident memory is larger than this many bytes is replaced by a new one. Default: no limit. */
  maxMemoryBytes?: number;
  /** A worker that is older than this is replaced by a new one; 1 000 ms at least. Default: no limit. */
  maxAgeMs?: number;
  /** How many workers must be ready for `/readyz` to say so, 1 to 1024. Default 1. */
  minReady?: number;
  /**
   * How long the event loops of all workers that are ready may have stood still before `/readyz` says that the service is not ready;
   * 0: for ever. Default 5 000 ms.
   */
  stalledTimeoutMs?: number;
  /** How long a scrape waits for the app's own metrics of a worker; one that takes longer is left out of it. Default 1 000 ms. */
  gatherTimeoutMs?: number;
  /** Whether workers count and time HTTP requests, by the class of the response's status. Default true. */
  requestMetrics?: boolean;
  /**
   * How often workers tell the app's own metrics unasked, 100 ms at least: what one has counted since is lost when it is killed. Default
   * 5 000 ms.
   */
  metricsIntervalMs?: number;
  /** How long workers may take to end when the service stops, before they get SIGKILL. Default 10 000 ms. */
  stopTimeoutMs?: number;
  /**
   * How long the service takes new connections after it was told to stop, unless the app closes its servers before; less than
   * `stopTimeoutMs`. Meanwhile `/readyz` says 503, so that a load balancer sends what comes elsewhere. Default: 5 000 ms where the app
   * listens for the signal, at most half of `stopTimeoutMs`; else none.
   */
  stopDelayMs?: number;
  /**
   * What an app hears when a worker is to end, unless another signal has come, for which it listens. One that listens for neither hears
   * SIGTERM or SIGINT. Default `SIGTERM`.
   */
  stopSignal?: StopSignal;
  /**
   * Whether each line of a worker has its slot before it where this process's output is a terminal. Default true. Elsewhere nothing is ever
   * added.
   */
  prefixOutput?: boolean;
  /** After how long a worker that is not ready yet is reported as `slow`. Default 10 000 ms. */
  listenWarningMs?: number;
}

/**
 * Options with every default filled in. Those that have none may be `undefined`: `queueTimeoutMs`, `stopDelayMs`, `name`, `defaultName`,
 * `maxMemoryBytes` and `maxAgeMs`.
 */
export type ResolvedOptions = Readonly<
  Required<Omit<PrimaryOptions, 'workers' | 'metrics' | WithoutDefault>> & {
    /** How many workers there are at the start. */
    workers: number;
    /** Where the metrics were to be served; `false` for nowhere. */
    metrics: Required<MetricsAddress> | false;
  } & { [Name in WithoutDefault]: Exclude<PrimaryOptions[Name], undefined> | undefined }
>;

type WithoutDefault =
  'queueTimeoutMs' | 'stopDelayMs' | 'name' | 'defaultName' | 'maxMemoryBytes' | 'maxAgeMs';

const known = [
  'app',
  'cwd',
  'args',
  'workers',
  'handoff',
  'policy',
  'rebalance',
  'stallAfterMs',
  'maxOpenOffers',
  'queueTimeoutMs',
  'metrics',
  'import',
  'require',
  'execArgv',
  'env',
  'name',
  'defaultName',
  'readyTimeoutMs',
  'probationMs',
  'drainTimeoutMs',
  'minUptimeMs',
  'allowDroppedListeners',
  'reloadConcurrency',
  'waitReady',
  'maxMemoryBytes',
  'maxAgeMs',
  'minReady',
  'stalledTimeoutMs',
  'gatherTimeoutMs',
  'requestMetrics',
  'metricsIntervalMs',
  'stopTimeoutMs',
  'stopDelayMs',
  'stopSignal',
  'prefixOutput',
  'listenWarningMs',
] as const satisfies readonly (keyof PrimaryOptions)[];

/** Checks options and fills in defaults. Throws BATON_INVALID_OPTION or BATON_UNKNOWN_OPTION. */
export function resolveOptions(options: PrimaryOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null)
    throw invalid('object of new Primary()', "an object with at least app, as in { app: 'app.js' }", options);
  checkNames(options, known);
  const env = environment('env', options.env ?? process.env);
  const stopTimeoutMs = milliseconds('stopTimeoutMs', options.stopTimeoutMs ?? 10_000);
  const handoff = oneOf('handoff', handoffs, options.handoff ?? 'connections');
  if (typeof options.app !== 'string' || options.app === '')
    throw invalid('app', 'the path of a file', options.app);
  return {
    app: options.app,
    cwd: path.resolve(logicalDirectory(), directoryPath('cwd', options.cwd ?? '.')),
    args: strings('args', options.args ?? []),
    workers: resolveWorkers(options.workers, env),
    handoff,
    policy: checkPolicy(options.policy ?? 'least-loaded', handoff),
    rebalance: trueOrFalse('rebalance', options.rebalance ?? true),
    stallAfterMs: milliseconds('stallAfterMs', options.stallAfterMs ?? 20, 1),
    maxOpenOffers: wholeNumber('maxOpenOffers', options.maxOpenOffers ?? mostOpenOffers, mostOpenOffers),
    queueTimeoutMs: ifGiven(options.queueTimeoutMs, (given) => milliseconds('queueTimeoutMs', given, 1)),
    metrics: checkMetrics('metrics', options.metrics ?? {}),
    import: strings('import', options.import ?? []),
    require: strings('require', options.require ?? []),
    execArgv: nodeOptions('execArgv', options.execArgv ?? withoutProgram(process.execArgv)),
    env,
    name: ifGiven(options.name, (given) => socketName('name', given)),
    defaultName: ifGiven(options.defaultName, (given) => socketName('defaultName', given)),
    readyTimeoutMs: milliseconds('readyTimeoutMs', options.readyTimeoutMs ?? 30_000, 1),
    probationMs: milliseconds('probationMs', options.probationMs ?? 2_000),
    drainTimeoutMs: milliseconds('drainTimeoutMs', options.drainTimeoutMs ?? 30_000),
    minUptimeMs: milliseconds('minUptimeMs', options.minUptimeMs ?? 5_000),
    allowDroppedListeners: trueOrFalse('allowDroppedListeners', options.allowDroppedListeners ?? false),
    reloadConcurrency: wholeNumber('reloadConcurrency', options.reloadConcurrency ?? 1, mostWorkers),
    waitReady: trueOrFalse('waitReady', options.waitReady ?? false),
    maxMemoryBytes: ifGiven(options.maxMemoryBytes, (given) => wholeNumber('maxMemoryBytes', given)),
    maxAgeMs: ifGiven(options.maxAgeMs, (given) => milliseconds('maxAgeMs', given, 1_000)),
    minReady: wholeNumber('minReady', options.minReady ?? 1, mostWorkers),
    stalledTimeoutMs: milliseconds('stalledTimeoutMs', options.stalledTimeoutMs ?? 5_000),
    gatherTimeoutMs: milliseconds('gatherTimeoutMs', options.gatherTimeoutMs ?? 1_000, 1),
    requestMetrics: trueOrFalse('requestMetrics', options.requestMetrics ?? true),
    metricsIntervalMs: milliseconds('metricsIntervalMs', options.metricsIntervalMs ?? 5_000, 100),
    stopTimeoutMs,
    stopDelayMs: ifGiven(options.stopDelayMs, (given) => checkStopDelay('stopDelayMs', given, stopTimeoutMs)),
    stopSignal: oneOf('stopSignal', stopSignals, options.stopSignal ?? 'SIGTERM'),
    prefixOutput: trueOrFalse('prefixOutput', options.prefixOutput ?? true),
    listenWarningMs: milliseconds('listenWarningMs', options.listenWarningMs ?? 10_000),
  };
}

/** Where the kernel chooses the worker, no client keeps its own. Throws BATON_INVALID_OPTION. */
function checkPolicy(given: Policy, handoff: Handoff): Policy {
  const policy = oneOf('policy', policies, given);
  if (policy === 'sticky' && handoff === 'listeners')
    throw invalid(
      'policy',
      'least-loaded or round-robin where the option handoff is "listeners", since the kernel chooses the worker there, or handoff must be "connections"',
      policy,
    );
  return policy;
}

/** Throws BATON_INVALID_OPTION, naming `name`. */
export function checkStopDelay(name: string, given: number, stopTimeoutMs: number): number {
  const delayMs = milliseconds(name, given);
  if (delayMs > 0 && delayMs >= stopTimeoutMs)
    throw invalid(name, `less than stopTimeoutMs, which is ${stopTimeoutMs}`, given);
  return delayMs;
}

/** LedgerMemory::kOffers in native/src/ledger.h. */
export const mostOpenOffers = 256;

/** More than one host can use; a number beyond it is a slip. */
export const mostWorkers = 1024;
const workersText = `a whole number from 1 to ${mostWorkers}, or "max"`;

function resolveWorkers(given: number | 'max' | undefined, env: Readonly<NodeJS.ProcessEnv>): number {
  const wanted = given ?? parseWorkers('WEB_CONCURRENCY', env['WEB_CONCURRENCY'] || 'max');
  return wanted === 'max' ? usableProcessors().count : checkWorkers('workers', wanted, wanted);
}

/** Reads a number of workers from text. Throws BATON_INVALID_OPTION, naming `source`. */
export function parseWorkers(source: string, text: string): number | 'max' {
  if (text === 'max') return text;
  return checkWorkers(source, /^\d+$/.test(text) ? Number(text) : NaN, text);
}

/** Throws BATON_INVALID_OPTION, naming `source`. */
export function checkWorkers(source: string, count: number, given: unknown): number {
  if (!Number.isInteger(count) || count < 1 || count > mostWorkers) throw invalid(source, workersText, given);
  return count;
}

/** Whether the metrics may be served at another port, where theirs is in use: none was given. */
export function mayMoveMetrics({ metrics }: PrimaryOptions): boolean {
  return metrics === undefined || (metrics !== false && metrics.port === undefined);
}

/** Checks where the metrics are to be served, and fills in what is left out. Throws BATON_INVALID_OPTION, naming `name`. */
export function checkMetrics(name: string, given: MetricsAddress | false): Required<MetricsAddress> | false {
  if (given === false) return false;
  const isAddress = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isAddress || Object.keys(given).some((key) => key !== 'host' && key !== 'port'))
    throw invalid(name, 'false, or an object of host and port', given);
  const { host = '127.0.0.1', port = defaultMetricsPort } = given;
  const part = (key: string): string => name.replace('metrics', `metrics.${key}`);
  if (typeof host !== 'string' || host === '') throw invalid(part('host'), 'a host name or address', host);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw invalid(part('port'), 'a port from 0 to 65535', port);
  return { host, port };
}
