// A plot of the last minutes: lines over time, newest at the right.

import { drawing } from './elements.js';
import { spanMs } from './history.js';

const gutter = 46;
const top = 8;
const bottom = 20;

/** 0, and the next of 1, 2 or 5 with zeros, at least 1. */
function linearScale(values) {
  const most = Math.max(1, ...values);
  const power = 10 ** Math.floor(Math.log10(most));
  const end = power * [1, 2, 5, 10].find((step) => step * power >= most * 0.999);
  return { place: (value) => value / end, ticks: [0, end / 2, end] };
}

/** Of durations: powers of 10 of a millisecond, around what there is. */
function logScale(values) {
  const all = values.length === 0 ? [1e6, 1e8] : values;
  const low = Math.floor(Math.log10(Math.min(...all)) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all)) - 1e-9));
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  return { place: (value) => (Math.log10(value) - low) / (high - low), ticks };
}

const scales = { linear: linearScale, log: logScale };

/** Stretches of points that have the value. */
function stretches(points, pick) {
  const found = [[]];
  for (const point of points) {
    if (pick(point) === undefined) found.push([]);
    else found.at(-1).push(point);
  }
  return found.filter(({ length }) => length > 0);
}

/**
 * In pixels as wide as there is room for, so that its texts are as large as those around it. A series: `{ name, pick }`, with the class
 * `name`; one that `isArea` is filled. What is beyond the last bound of a histogram is drawn at `most`.
 */
export function drawPlot(svg, points, nowMs, { series, scale, format, most = Infinity }) {
  const { width, height } = svg.getBoundingClientRect();
  const pickFinite = (pick) => (point) => {
    const value = pick(point);
    return value === undefined ? undefined : Math.min(value, most);
  };
  const shown = points.filter(({ seenMs }) => seenMs >= nowMs - spanMs);
  const values = series
    .flatMap(({ pick }) => shown.map(pickFinite(pick)))
    .filter((value) => value !== undefined);
  const { place, ticks } = scales[scale](values);
  const base = height - bottom;
  const x = ({ seenMs }) => width - 4 - ((nowMs - seenMs) / spanMs) * (width - 4 - gutter);
  const y = (value) => base - place(value) * (base - top);
  const parts = ticks.flatMap((tick) => [
    drawing('path', { class: 'grid', d: `M${gutter} ${Math.round(y(tick)) + 0.5}H${width}` }),
    drawing('text', { x: gutter - 8, y: y(tick) + 4, 'text-anchor': 'end' }, format(tick)),
  ]);
  for (const minutes of [5, 4, 3, 2, 1, 0]) {
    const at = x({ seenMs: nowMs - minutes * 60_000 });
    parts.push(drawing('path', { class: 'grid', d: `M${Math.round(at) + 0.5} ${base}v4` }));
    if (minutes % 5 !== 0) continue;
    const text = minutes === 0 ? 'now' : `${minutes}\u00a0min ago`;
    parts.push(
      drawing('text', { x: at, y: height - 3, 'text-anchor': minutes === 0 ? 'end' : 'start' }, text),
    );
  }
  for (const { name, pick, isArea } of series) {
    const valueOf = pickFinite(pick);
    for (const stretch of stretches(shown, valueOf)) {
      const line = stretch.map((point) => `${x(point).toFixed(1)} ${y(valueOf(point)).toFixed(1)}`).join('L');
      const [first, last] = [x(stretch[0]), x(stretch.at(-1))];
      if (isArea)
        parts.push(
          drawing('path', { class: `area ${name}`, d: `M${first} ${base}L${line}L${last} ${base}Z` }),
        );
      parts.push(
        drawing('path', { class: `line ${name}`, d: `M${line}${stretch.length === 1 ? 'h0' : ''}` }),
      );
    }
  }
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.replaceChildren(...parts);
}
