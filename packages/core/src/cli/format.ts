/** One unit, rounded down: `350ms`, `12s`, `4m`, `3h`, `2d`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.floor(ms))}ms`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** A duration that is never longer than four characters up to 27 years: below a second, `<1s`. */
export function formatAge(ms: number): string {
  return ms < 1_000 ? '<1s' : formatDuration(ms);
}

/** Powers of 1024, four characters at most: `48M`, `1.2G`. */
export function formatBytes(bytes: number): string {
  return shorten(bytes, 1_024, ['B', 'K', 'M', 'G', 'T']);
}

/** `120µs`, `3.4ms`. */
export function formatLatency(ns: number): string {
  return shorten(ns, 1_000, ['ns', 'µs', 'ms', 's']);
}

/** All digits while there are no more than `digits`, then `123k`, `1.2M`. */
export function formatCount(count: number, digits = 5): string {
  return count < 10 ** digits ? String(count) : shorten(count, 1_000, ['', 'k', 'M', 'G', 'T']);
}

/** Of something a second, five characters at most: `0`, `0.5`, `1200`, `123k`. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0 || perSecond >= 9.95) return formatCount(Math.round(perSecond));
  return perSecond.toFixed(1);
}

/** A share of 1 in percent: `34%`. */
export function formatShare(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** Three digits at most, and a decimal where there is but one before it. */
function shorten(value: number, step: number, units: readonly string[]): string {
  let unit = 0;
  // 999.5 and more would be rounded to four digits.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= step;
    unit += 1;
  }
  return `${value.toFixed(unit > 0 && value < 9.95 ? 1 : 0)}${units[unit]}`;
}
