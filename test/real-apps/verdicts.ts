// Which requests may fail, and which may not.
import type { Asked } from './load.js';

export interface Kill {
  killedAt: number;
  /** The URLs of the requests that the worker had begun; `undefined` where they are not known. */
  began: ReadonlySet<string> | undefined;
  clients: number;
}

/** A killed worker's connections are gone: what goes out on one of them before the client knows is not the server's to answer. */
const noticeMs = 1_000;

/** Of the requests while a worker was killed, those that failed and should not have. */
export function unexpected(asked: readonly Asked[], { killedAt, began, clients }: Kill): Asked[] {
  const failed = asked.filter(({ text }) => text === undefined);
  const atTheKill = ({ beganAt, endedAt, hung }: Asked): boolean =>
    !hung && endedAt >= killedAt && beganAt <= killedAt + noticeMs;
  const excused = began
    ? failed.filter((one) => atTheKill(one) && (one.reused || urlOf(one.id, began) !== undefined))
    : // Each client loses at most what it was asking.
      failed.filter(atTheKill).slice(0, clients);
  return failed.filter((one) => !excused.includes(one));
}

/** A request may be on its way to the server for so long. */
const onItsWayMs = 30;

/** Of the requests around a stop, those that were begun and not answered. `begun`: by their URLs; `undefined` where it is not known. */
export function lost(
  asked: readonly Asked[],
  signalledAt: number,
  begun: ReadonlyMap<string, unknown> | undefined,
): Asked[] {
  // An app may answer that it is stopping.
  const failed = asked.filter(({ text, status }) => text === undefined && status !== 503);
  if (begun === undefined)
    return failed.filter(({ hung, beganAt }) => hung || beganAt < signalledAt - onItsWayMs);
  return failed.filter(({ hung, id }) => hung || urlOf(id, begun.keys()) !== undefined);
}

function urlOf(id: string, urls: Iterable<string>): string | undefined {
  for (const url of urls) if (url.endsWith(`id=${id}`)) return url;
  return undefined;
}
