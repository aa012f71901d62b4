import { isEven, isLevel, largestOfMean, smallestOfMean, type Shares, type Watched } from './shares.js';
import { mark } from './table.js';

/** What was measured after one event. */
export interface Step {
  name: string;
  /** When shares must be even: at once (0), or within five seconds. */
  dueS: 0 | 5;
  watched: Watched;
  lost: number;
}

export const header = [
  'after',
  'at once: largest',
  'smallest',
  '5 s: largest',
  'smallest',
  'even after s',
  '10 s: largest',
  'smallest',
  'lost',
  'shares at once → at last',
];

/** `isKernels`: the kernel has chosen, so that only the last figure is judged. */
export function rowOf(step: Step, isKernels: boolean): string[] {
  const { name, watched, lost } = step;
  const { atOnce, soon, evenAfterS, later } = watched;
  const [atOnceMark, soonMark, laterMark] = marksOf(step, isKernels);
  return [
    name,
    `${ratio(largestOfMean(atOnce))} ${atOnceMark}`,
    ratio(smallestOfMean(atOnce)),
    `${ratio(largestOfMean(soon))} ${soonMark}`,
    ratio(smallestOfMean(soon)),
    evenAfterS === undefined ? '–' : evenAfterS.toFixed(1),
    `${ratio(largestOfMean(later))} ${laterMark}`,
    ratio(smallestOfMean(later)),
    `${lost} ${mark(lost === 0)}`,
    `${atOnce.join('/')} → ${later.join('/')}`,
  ];
}

/** The targets that were missed, in words. */
export function missedOf(step: Step, isKernels: boolean): string[] {
  const { name, watched, lost } = step;
  const marks = marksOf(step, isKernels);
  const shares: [string, Shares][] = [
    ['at once', watched.atOnce],
    ['within 5 s', watched.soon],
    ['10 s later', watched.later],
  ];
  const missed = shares
    .filter((_, at) => marks[at] === mark(false))
    .map(([when, of]) => `${name}, ${when}: largest ${ratio(largestOfMean(of))} (${of.join('/')})`);
  return lost === 0 ? missed : [...missed, `${name}: ${lost} lost`];
}

/** At once, within five seconds, ten seconds later; a space where a figure has no target. */
function marksOf({ dueS, watched }: Step, isKernels: boolean): [string, string, string] {
  const { atOnce, soon, later } = watched;
  return [
    !isKernels && dueS === 0 ? mark(isEven(atOnce)) : ' ',
    !isKernels && dueS === 5 ? mark(isEven(soon)) : ' ',
    mark(isLevel(later)),
  ];
}

function ratio(value: number): string {
  return value.toFixed(2);
}
