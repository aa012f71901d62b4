// Which requests may fail, and which may not.
import type { Asked } from './load.js';
import { pidIn } from './comparisons.js';

export interface Kill {
  killedAt: number;
  /** Its pid. */
  killed: number;
  /** The URLs of the requests that the worker had begun; `undefined` where they are not known. */
  began: ReadonlySet<string> | undefined;
}

/** A killed worker's connections are gone: what goes out on one of them before the client knows is not the server's to answer. */
const noticeMs = 1_000;

/** Of the requests while a worker was killed, those that failed and should not have. */
export function unexpected(asked: readonly Asked[], { killedAt, killed, began }: Kill): Asked[] {
  const atTheKill = ({ beganAt, endedAt, hung }: Asked): boolean =>
    !hung && endedAt >= killedAt && beganAt <= killedAt + noticeMs;
  const wasItsOwn = (one: Asked): boolean =>
    began === undefined ||
    urlOf(one.id, began) !== undefined ||
    (one.reused && pidIn(answerBefore(one, asked)) === killed);
  // Each client loses what it was asking, and no more.
  const excused = new Set<string>();
  return asked.filter((one) => {
    if (one.text !== undefined) return false;
    const client = clientOf(one);
    if (excused.has(client) || !atTheKill(one) || !wasItsOwn(one)) return true;
    excused.add(client);
    return false;
  });
}

/** What the client had been answered last. */
function answerBefore(one: Asked, asked: readonly Asked[]): string | undefined {
  const before = (other: Asked): boolean =>
    clientOf(other) === clientOf(one) && other.beganAt < one.beganAt && other.text !== undefined;
  return asked.findLast(before)?.text;
}

/** An id ends with the number of the client's request. */
function clientOf({ id }: Asked): string {
  return id.slice(0, id.lastIndexOf('-'));
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
