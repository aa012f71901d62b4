// Figures as text. Between a number and its unit is a space at which no line breaks.

const space = '\u00a0';

/** `–` where there is no such figure. */
export const orNone = (value, format) => (value === undefined || value === null ? '–' : format(value));

function shorten(value, step, units) {
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= step;
    unit += 1;
  }
  return value.toFixed(unit > 0 && value < 9.95 ? 1 : 0) + space + units[unit];
}

export const formatCount = (count) => count.toLocaleString('en');
export const formatBytes = (bytes) => shorten(bytes, 1_024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
export const formatTime = (ns) => shorten(ns, 1_000, ['ns', 'µs', 'ms', 's']);
export const formatRate = (rate) =>
  rate === 0 || rate >= 9.95 ? formatCount(Math.round(rate)) : rate < 0.05 ? '< 0.1' : rate.toFixed(1);

/** Of a part that there is, never 0 %, and of less than the whole never 100 %. */
export function formatShare(share) {
  const percent = Math.round(share * 100);
  if (share > 0 && percent === 0) return `<${space}1${space}%`;
  if (share < 1 && percent === 100) return `>${space}99${space}%`;
  return `${percent}${space}%`;
}

export function formatDuration(ms) {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 1) return `<${space}1${space}s`;
  if (seconds < 60) return `${Math.floor(seconds)}${space}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}${space}min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}${space}h`;
  return `${Math.floor(seconds / 86_400)}${space}d`;
}

/** Of a probation, which lasts seconds: as `baton top` has it. */
export const formatSecondsLeft = (ms) => `${Math.ceil(ms / 1_000)}${space}s left`;

export const counted = (count, what) => `${formatCount(count)}${space}${what}${count === 1 ? '' : 's'}`;

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const calendar = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export const formatClock = (at) => clock.format(at);

export function formatMoment(at) {
  const isToday = calendar.format(at) === calendar.format(Date.now());
  return isToday ? clock.format(at) : `${calendar.format(at)}, ${clock.format(at)}`;
}

/** The primary's words, with its units kept to their numbers. */
export const withUnits = (text) =>
  text.replace(/(\d) (?=(?:ns|µs|ms|s|min|h|d|%|B|KiB|MiB|GiB)(?![\w]))/g, `$1${space}`);

/** `slot 1`, `slots 1, 4 and 7`; of many, the first of them. */
export function nameSlots(slots) {
  if (slots.length === 1) return `slot${space}${slots[0]}`;
  if (slots.length > 5) return `${slots.length}${space}slots (${slots.slice(0, 4).join(', ')} …)`;
  return `slots${space}${slots.slice(0, -1).join(', ')} and${space}${slots.at(-1)}`;
}
