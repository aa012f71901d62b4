// How the app under Baton differs from the app alone; `undefined` where it does not.
import { isDeepStrictEqual } from 'node:util';
import type { Place } from './app-process.js';
import type { Case } from './case.js';
import type { Asked } from './load.js';

const pidPattern = /(\\?"pid\\?":\s*\\?"?)(\d+)/g;

export function withoutPid(text: string): string {
  return text.replaceAll(pidPattern, '$1');
}

export function compare(
  alone: Record<string, unknown>,
  answers: Record<string, unknown>,
): string | undefined {
  const name = Object.keys(alone).find((name) => !isDeepStrictEqual(alone[name], answers[name]));
  return name === undefined
    ? undefined
    : `${name}: ${describe(alone[name])} alone, ${describe(answers[name])}`;
}

export function describe(answer: unknown): string {
  return JSON.stringify(answer);
}

export function describeFailures(failed: readonly Asked[]): string | undefined {
  if (failed.length === 0) return undefined;
  const errors = failed.map(({ id, error }) => `${id} ${error ?? 'no error'}`);
  return `${failed.length} failed: ${errors.slice(0, 3).join('; ')}`;
}

/** Whether requests after the reload were answered by new workers, and by all of them, unless they go by the client's address. */
export function sameWorkers(
  app: Case,
  asked: readonly Asked[],
  before: readonly number[],
  now: readonly number[],
): string | undefined {
  const pids = new Set(asked.map(({ text }) => pidIn(text)));
  const old = [...pids].find((pid) => before.includes(pid) || !now.includes(pid));
  if (old !== undefined) return `answered by ${old} after the reload`;
  if (pids.size === now.length || app.batonArgs?.includes('sticky')) return undefined;
  return `answered by ${pids.size} of ${now.length} workers after the reload`;
}

/** The worker that an answer names. */
export function pidIn(text = ''): number {
  return Number([...text.matchAll(pidPattern)][0]?.[2]);
}

export function otherTexts(asked: readonly Asked[], known: ReadonlySet<string>): string | undefined {
  const other = asked.find(({ text }) => text !== undefined && !known.has(withoutPid(text)));
  return other && `under load: ${other.text}`;
}

export function farewells({ farewell }: Case, output: string): number {
  return farewell === undefined ? 0 : [...output.matchAll(new RegExp(farewell, 'gm'))].length;
}

export function missingLines(
  app: Case,
  output: string,
  place: Place,
  asked: readonly Asked[],
): string | undefined {
  if (app.log === undefined) return undefined;
  const text = app.log === 'stdout' ? output : place.written(app.log.file);
  const logged = new Map<string, number>();
  for (const [, id = ''] of text.matchAll(/\bid=([\w-]+)/g)) logged.set(id, (logged.get(id) ?? 0) + 1);
  const answered = asked.filter(({ text }) => text !== undefined);
  const wrong = answered.filter(({ id }) => logged.get(id) !== 1);
  if (wrong.length === 0) return undefined;
  const times = wrong.map(({ id }) => `${id} ${logged.get(id) ?? 0} times`);
  return `of ${answered.length} answered requests are not logged once: ${times.slice(0, 5).join(', ')}`;
}
