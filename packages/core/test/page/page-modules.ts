// The modules of the status page that need no document. They are JavaScript, for browsers.
import type { PrimaryStatus, StatusEvent } from '#core/status.js';

interface Requests {
  ended: number;
  failures: number;
}

export interface Verdict {
  level: 'good' | 'news' | 'warn' | 'bad';
  text: string;
  said: string;
  details: string[];
}

interface VerdictModule {
  judge: (seen: {
    status: PrimaryStatus;
    before: PrimaryStatus | undefined;
    nowAt: number;
    requests: Requests;
  }) => Verdict;
}

interface AlikeModule {
  joinAlike: (events: StatusEvent[]) => { event: StatusEvent; count: number; since: number }[];
}

interface FiguresModule {
  allRequestsSince: (
    before: PrimaryStatus['workers'],
    now: PrimaryStatus['workers'],
  ) => (Requests & { duration: { boundsNs: number[]; counts: number[] } }) | undefined;
}

interface HistoryModule {
  History: new () => {
    points: { seenMs: number; rate?: number; p99?: number }[];
    add(seenMs: number, seconds: number | undefined, requests: object | undefined): void;
    lastMinute(nowMs: number): Requests;
  };
}

const load = (name: string): Promise<unknown> =>
  import(new URL(`../../../assets/page/${name}.js`, import.meta.url).href);

export const { judge } = (await load('verdict')) as VerdictModule;
export const { joinAlike } = (await load('alike')) as AlikeModule;
export const { allRequestsSince } = (await load('figures')) as FiguresModule;
export const { History } = (await load('history')) as HistoryModule;
