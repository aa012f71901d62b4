// Runs an app alone and under Baton, and says where Baton made a difference.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { AppAlone, folderOf, Place } from './app-process.js';
import { AppUnderBaton } from './app-under-baton.js';
import {
  compare,
  describe,
  describeFailures,
  farewells,
  missingLines,
  otherTexts,
  pidIn,
  sameWorkers,
  withoutPid,
} from './comparisons.js';
import type { Case, Check, Handoff, OwnClient, Upstream, UpstreamModule } from './case.js';
import { httpClients, Load, type Asked } from './load.js';
import { Visitor } from './visitor.js';
import { lost, unexpected } from './verdicts.js';
import { settledOrAfter, within } from './within.js';

/** What each check came to: nothing, or how it differs from the app alone. */
export type Differences = Map<Check, string>;

export interface Measured {
  differences: Differences;
  /** How the app ends at SIGTERM, alone. */
  end: string;
}

const clients = 8;
/** Enough for each client to have asked all that it asks, of each worker. */
const enough = 100;
/** Clients that keep their connections keep an app from ending that waits for them. */
const loadAfterSignalMs = 2_000;
/** So long a logger may keep a line, on a busy machine. */
const unwrittenMs = 1_000;
/** An app that takes longer to end is taken for one that does not. */
const aloneTimeoutMs = 8_000;
/** Longer than `--stop-timeout`. */
const endTimeoutMs = 20_000;

/** What the app does alone. */
interface Alone {
  answers: Record<string, unknown>;
  /** What the load is answered, by the path; pids are blotted out. */
  texts: Set<string>;
  end: string;
  farewells: number;
}

export async function measure(app: Case, handoff: Handoff): Promise<Measured> {
  const client = await loadModule<OwnClient>(app, app.client);
  const alone = await withUpstream(app, (app) => inPlace(app, (place) => runAlone(app, client, place)));
  const differences = await withUpstream(app, async (app, upstream) => {
    const found = await inPlace(app, (place) => runUnderBaton(app, client, place, alone, handoff));
    upstream?.check?.();
    return found;
  });
  return { differences, end: alone.end };
}

/** The app with its upstream service, if it has one. */
async function withUpstream<T>(app: Case, run: (app: Case, upstream?: Upstream) => Promise<T>): Promise<T> {
  const start =
    typeof app.upstream === 'string'
      ? (await loadModule<UpstreamModule>(app, app.upstream)).start
      : app.upstream;
  const upstream = await start?.();
  if (upstream === undefined) return run(app);
  try {
    return await run({ ...app, env: { ...upstream.env, ...app.env } }, upstream);
  } finally {
    await upstream.close();
  }
}

/** A module of the app's folder; empty if it has none. */
async function loadModule<Module>(app: Case, file: string | undefined): Promise<Partial<Module>> {
  if (file === undefined) return {};
  return (await import(pathToFileURL(path.join(folderOf(app), file)).href)) as Module;
}

async function inPlace<T>(app: Case, run: (place: Place) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(path.join(tmpdir(), 'baton-test-'));
  try {
    return await run(await Place.find(app, directory));
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

async function runAlone(app: Case, client: OwnClient, place: Place): Promise<Alone> {
  const running = await AppAlone.start(app, place);
  try {
    const answers = await probe(app, client, place.origin);
    const again = await probe(app, client, place.origin);
    const name = Object.keys(answers).find((name) => !isDeepStrictEqual(answers[name], again[name]));
    if (name !== undefined)
      throw new Error(`${name} differs alone: ${describe(answers[name])}, ${describe(again[name])}`);
    const load = await startLoad(app, client, place, 'alone');
    await load.answers(enough);
    running.terminate();
    await settledOrAfter(loadAfterSignalMs, running.ended);
    const asked = await load.end();
    const end = await endAlone(running);
    const texts = new Set(asked.flatMap(({ text }) => (text === undefined ? [] : [withoutPid(text)])));
    return { answers, texts, end, farewells: farewells(app, running.output) };
  } finally {
    await running.kill();
  }
}

/** OpenTelemetry's preload, for one, hears SIGTERM and lets the process go on. */
async function endAlone(running: AppAlone): Promise<string> {
  await settledOrAfter(aloneTimeoutMs, running.ended);
  return running.isRunning ? 'goes on' : running.ended;
}

async function runUnderBaton(
  app: Case,
  client: OwnClient,
  place: Place,
  alone: Alone,
  handoff: Handoff,
): Promise<Differences> {
  const found: Differences = new Map();
  const note = (check: Check, difference: string | undefined): void => {
    if (difference !== undefined && !found.has(check)) found.set(check, difference);
  };
  const speaksHttp = client.connect === undefined;
  const running = await AppUnderBaton.start(app, place, handoff);
  try {
    const first = running.workers;
    // Each on connections of its own, so that both workers are asked.
    for (let i = 0; i < 4; i++)
      note('answers', compare(alone.answers, await probe(app, client, place.origin)));

    const reload = await startLoad(app, client, place, 'reload');
    await reload.answers(enough);
    await running.reload();
    const reloadedAt = performance.now();
    await reload.answers(enough);
    const reloaded = await reload.end();
    note('reload', describeFailures(reloaded.filter(({ text }) => text === undefined)));
    const later = reloaded.filter(({ beganAt }) => beganAt > reloadedAt);
    note('reload', sameWorkers(app, later, first, running.workers));
    note('answers', compare(alone.answers, await probe(app, client, place.origin)));

    const kill = await startLoad(app, client, place, 'kill');
    await kill.answers(enough);
    const killedAt = performance.now();
    const killed = pidIn(kill.asked.findLast(({ text }) => text !== undefined)?.text);
    await running.killWorker(killed);
    await kill.answers(enough);
    const asked = await kill.end();
    const began = speaksHttp && handoff === 'connections' ? place.journal.executing(killed) : undefined;
    note('kill', describeFailures(unexpected(asked, { killedAt, killed, began })));

    const stop = await startLoad(app, client, place, 'stop');
    await stop.answers(enough);
    const last = running.workers;
    const signalledAt = performance.now();
    running.terminate();
    const ended = running.ended();
    await settledOrAfter(loadAfterSignalMs, ended);
    const stopped = await stop.end();
    await within(endTimeoutMs, `${app.name} ends under Baton`, ended);
    note(
      'stop',
      describeFailures(lost(stopped, signalledAt, speaksHttp ? place.journal.begun() : undefined)),
    );
    for (const end of last.map((pid) => running.endOf(pid)))
      note('exit', end === alone.end ? undefined : end);
    // Two that were reloaded, less the one that was killed, and the one that came for it: the last two, and the first two.
    const count = first.length + last.length;
    note(
      'exit',
      farewells(app, running.output) === count * alone.farewells ? undefined : 'cleanup is missing',
    );

    note('answers', otherTexts([...reloaded, ...asked, ...stopped], alone.texts));
    // What the killed worker had not written yet has died with it.
    const isUnwritten = ({ text, endedAt }: Asked): boolean =>
      pidIn(text) === killed && endedAt > killedAt - unwrittenMs;
    const logged = [...reloaded, ...asked.filter((one) => !isUnwritten(one)), ...stopped];
    note('log', missingLines(app, running.output, place, logged));
    return found;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${running.errors}`, { cause: error });
  } finally {
    await running.kill();
  }
}

async function probe(app: Case, client: OwnClient, origin: string): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const [name, ask] of Object.entries(app.probes ?? {})) answers[name] = await ask(new Visitor(origin));
  Object.assign(answers, await client.probe?.(origin));
  return JSON.parse(withoutPid(JSON.stringify(answers))) as Record<string, unknown>;
}

async function startLoad(app: Case, client: OwnClient, { origin }: Place, name: string): Promise<Load> {
  const connect = client.connect?.bind(client);
  if (connect === undefined) return new Load(name, httpClients(origin, app, clients));
  return new Load(name, await Promise.all(Array.from({ length: clients }, () => connect(origin))));
}
