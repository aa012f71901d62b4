// What the suite knows of an app. Its folder in `apps/` has the app as its framework's documentation writes it, unchanged for Baton.
import type { Visitor } from './visitor.js';
import type { handoffs } from '../draining.js';

export type Handoff = (typeof handoffs)[number];

export const kinds = [
  'Frameworks',
  'APIs and protocols',
  'WebSockets and proxies',
  'Logging and middleware',
  'Graceful shutdown',
  'Agents and preloads',
  'Full-stack frameworks',
] as const;

export type Kind = (typeof kinds)[number];

/** What is looked at, in the table's order. */
export const checks = ['answers', 'reload', 'kill', 'stop', 'exit', 'log'] as const;

export type Check = (typeof checks)[number];

/** Requests of one visitor, and what they came to: anything that JSON can hold. Alone and under Baton it must be the same. */
export type Probe = (visitor: Visitor) => Promise<unknown>;

/** What an app's `client.mjs` exports, where its protocol is not plain HTTP/1.1. */
export interface OwnClient {
  /** As probes of the case, by their names. */
  probe?(origin: string): Promise<Record<string, unknown>>;
  /** A client for the load. By default clients speak HTTP/1.1. */
  connect?(origin: string): Promise<LoadClient>;
}

/** What an app's `upstream.mjs` exports: a service that the app asks, such as the one behind a proxy, or where an agent reports to. */
export interface UpstreamModule {
  start(): Promise<Upstream>;
}

export interface Upstream {
  /** By which the app knows where it is. */
  env: Record<string, string>;
  /** After the run under Baton: throws if the app has not asked it what it should have. */
  check?(): void;
  close(): Promise<void>;
}

/** A client that asks one thing after the other. */
export interface LoadClient {
  /** Resolves with the answer, which has the worker's `"pid":1234` in it, once and for each id the same otherwise. Rejects if there is none. */
  ask(id: string): Promise<string>;
  close(): void;
}

export interface Case {
  /** The folder in `apps/`, and what `pnpm test:apps` calls it. */
  name: string;
  /** An example that is this app, where it is not in `apps/`: the folder in `examples/`. */
  example?: string;
  /** What the table calls it. */
  title: string;
  kind: Kind;
  /** Pages about it. Their commands with the mark `test=real-apps` are run in its folder; files that they show are its own. */
  pages?: readonly string[];
  /** Packages whose versions the table shows; of the folder's `package.json`. */
  packages: readonly string[];
  /** Commands of node, each with its arguments, that make what is run; in the folder. */
  build?: readonly (readonly string[])[];
  /** The app's file, in the folder. */
  app: string;
  /** Options of node, such as preloads: the same for `node` and for `baton`. */
  nodeArgs?: readonly string[];
  /** Options of `baton`, such as `--policy sticky`. */
  batonArgs?: readonly string[];
  /** How it runs under Baton. Default: both ways. */
  handoffs?: readonly Handoff[];
  /** Beside HOST, PORT and DATA_DIR, which every app has: DATA_DIR is an empty directory. */
  env?: Readonly<Record<string, string>>;
  /** Arguments of the app. */
  args?: readonly string[];
  /** By their names. */
  probes?: Readonly<Record<string, Probe>>;
  /**
   * Paths that the load asks for in turn, each answered 200, with the worker's `"pid":1234` in it and always the same otherwise. One at least
   * takes its time. Each request has `?id=` in addition.
   */
  load?: readonly string[];
  /** Headers of these requests. */
  loadHeaders?: Readonly<Record<string, string>>;
  /** The folder's module with an `OwnClient`. */
  client?: string;
  /** Starts an upstream service: a function, or the folder's module with one. Each run has its own. */
  upstream?: string | UpstreamModule['start'];
  /** Where it writes a line for each request, with its URL: standard output, or a file in DATA_DIR (each worker's begins with this name). */
  log?: { file: string } | 'stdout';
  /** What its standard output has once for each process that has ended as it was told to. */
  farewell?: RegExp;
  /** Why a check does not come out as it does for the others. It must not: else the sentence is no longer true. */
  differences?: Partial<Record<Check, string>>;
  /** What goes wrong in a check now and then, alone too, in a sentence: whichever way it comes out, it is no difference. */
  alsoAlone?: Partial<Record<Check, string>>;
  /** What else is to be known, in a sentence. */
  remark?: string;
}
