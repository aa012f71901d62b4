import { oneLine } from '../printable.js';
import type { ListenerStatus, PrimaryStatus } from '../status.js';
import { formatDuration } from './format.js';
import { isServing } from './slot-row.js';

/** `app.js`, and the primary's name where it has one. */
export function describeApp({ app, name }: PrimaryStatus): string {
  return oneLine(name === undefined ? app : `${app} (${name})`);
}

/** The last reload and how it went; `undefined`: there was none. `now` is Unix time in milliseconds. */
export function describeReload({ reload }: PrimaryStatus, now: number): string | undefined {
  if (reload === undefined) return undefined;
  const { state, startedAt, endedAt = now, message } = reload;
  const ago = `${formatDuration(now - endedAt)} ago`;
  switch (state) {
    case 'running':
      return `reload running for ${formatDuration(now - startedAt)}`;
    case 'done':
      return `reload done ${ago}, took ${formatDuration(endedAt - startedAt)}`;
    case 'failed':
      return oneLine(`reload failed ${ago}${message === undefined ? '' : `: ${message}`}`);
  }
}

/** Where the workers run, with the generations that run there, if they do not all run in one directory. */
export function describeDirectories({ workers }: PrimaryStatus): string[] {
  const generations = new Map<string, Set<number>>();
  for (const { directory, generation, state } of workers) {
    if (state === 'stopped') continue;
    generations.set(directory, (generations.get(directory) ?? new Set()).add(generation));
  }
  return [...generations].map(([directory, of]) =>
    oneLine(generations.size === 1 ? directory : `${directory} (generation ${[...of].join(', ')})`),
  );
}

/** `127.0.0.1:3000`, with the port that it has: where several were asked for as port 0, all of them. */
export function describeListener({ listener, addresses = [listener] }: ListenerStatus): string {
  return oneLine(addresses.join(', '));
}

/** How many slots have a worker that serves. */
export function describeSlots({ slots, workers }: PrimaryStatus): string {
  const ready = new Set(workers.filter(isServing).map(({ slot }) => slot));
  return `${ready.size} of ${slots} ready`;
}

/** `20.20.2`, however it was told. */
export function nodeVersion({ node }: PrimaryStatus): string {
  return oneLine(node.replace(/^v/, ''));
}
