import { flagOf, settingKeys, settings } from '#core/config/settings.js';
import { toMs } from '#core/config/units.js';

/** What a page says that a flag's value is by default. */
export interface Stated {
  flag: string;
  /** As on the page. */
  text: string;
  /** Without blanks, and with the units of flags: `30s`. */
  value: string;
}

const words = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const unit = '(?:ms|milliseconds?|s|seconds?|m|min|minutes?|h|hours?)';
const time = `((?:\\d+|${words.join('|')}) ?${unit}\\b)`;
const flag = '`(--[a-z-]+)`';

/** Ways to state a default in prose: those of our pages. */
const inProse = [
  // `--probation` (2 s), `--stop-timeout` (10 s, with the delay)
  new RegExp(`${flag} \\(${time}`, 'g'),
  // (`--probation`, 2 s)
  new RegExp(`\\(${flag}, ${time}\\)`, 'g'),
  // another `--stall-after` than 20 ms
  new RegExp(`another ${flag} than ${time}`, 'g'),
];

/** within ten seconds at most (`--stop-timeout`) */
const before = new RegExp(`${time}(?: at most)? \\(${flag}\\)`, 'g');

/** In a list of flags: `--min-ready <n>  how many must be ready (default: 1)`. */
const inList = /^ +(?:-\w, )?(--[a-z-]+)(?: <[^>]+>)? (?:(?!^ +-)[^])*?\(default: ([^)]+)\)/gm;

/** The defaults that a page states beside their flags. */
export function statedDefaults(page: string): Stated[] {
  const prose = page.replaceAll(/\n(?!\n)\s*/g, ' ');
  const flagFirst = [
    ...inProse.flatMap((pattern) => [...prose.matchAll(pattern)]),
    ...page.matchAll(inList),
  ].map(([text, name, value]) => ({ text, name, value }));
  const flagLast = [...prose.matchAll(before)].map(([text, value, name]) => ({ text, name, value }));
  return [...flagFirst, ...flagLast].map(({ text, name = '', value = '' }) => ({
    text,
    flag: name,
    value: asFlag(value),
  }));
}

/** Whether that is so. What is no setting's flag has no default here. */
export function isTrue({ flag, value }: Stated): boolean {
  const key = settingKeys.find((key) => flagOf(key) === flag);
  if (key === undefined) return true;
  const { default: fact } = settings[key];
  // What stands behind a comma is no part of it: `256, the most`.
  const [stated = ''] = value.split(',');
  const inMs = toMs(stated);
  return (
    stated === fact || value === asFlag(fact) || (inMs !== undefined && inMs === toMs(leadingTime(fact)))
  );
}

function leadingTime(text: string): string {
  return /^\d+(?:ms|[smh])?/.exec(text)?.[0] ?? '';
}

function asFlag(text: string): string {
  const [, count = '', of = ''] = new RegExp(`^(\\d+|${words.join('|')}) ?(${unit})$`).exec(text) ?? [];
  if (of === '') return text.replaceAll(/[`\s]/g, '');
  const number = words.includes(count) ? words.indexOf(count) : count;
  return `${number}${of.startsWith('ms') || of.startsWith('milli') ? 'ms' : of.charAt(0)}`;
}
