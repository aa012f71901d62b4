// Times and sizes as people write them.

const msOfUnit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const bytesOfUnit = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 } as const;

/** A time: milliseconds, or a whole number of a unit. */
export type Time = number | `${number}${keyof typeof msOfUnit}`;
/** A size: bytes, or a whole number of a unit; K, M and G are powers of 1024. */
export type Size = number | `${number}${keyof typeof bytesOfUnit}`;

export const timeText = 'a number of milliseconds, or a time such as 500ms, 10s, 30m or 12h';
export const sizeText = 'a whole number of bytes, or a size such as 512M or 2G';

export const timePattern = { any: '^\\d+(ms|s|m|h)?$', aboveZero: '^0*[1-9]\\d*(ms|s|m|h)?$' };
export const sizePattern = '^0*[1-9]\\d*[KMG]?$';

export function toMs(text: string): number | undefined {
  return multiply(text, msOfUnit);
}

export function toBytes(text: string): number | undefined {
  return multiply(text, bytesOfUnit);
}

export function showTime(ms: number): string {
  return divide(ms, msOfUnit, 'ms');
}

export function showSize(bytes: number): string {
  return divide(bytes, bytesOfUnit, '');
}

type Units = Readonly<Record<string, number>>;

function multiply(text: string, units: Units): number | undefined {
  const [, count, unit = ''] = /^(\d+)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = unit === '' ? 1 : Object.entries(units).find(([name]) => name === unit)?.[1];
  return count === undefined || factor === undefined ? undefined : Number(count) * factor;
}

/** In the largest unit of which it is a whole number. */
function divide(value: number, units: Units, smallest: string): string {
  const fits = Object.entries(units).findLast(([, factor]) => value >= factor && value % factor === 0);
  return fits === undefined ? `${value}${smallest}` : `${value / fits[1]}${fits[0]}`;
}
