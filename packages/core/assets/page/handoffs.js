// The histogram of how long handoffs take.

import { formatPercentile, total } from './durations.js';
import { drawing, find, show, syncTable } from './elements.js';
import { formatCount, formatShare, formatTime } from './format.js';

const histogram = find('#histogram');

/** Between a number and its sign is no space: there is no room for one over a bar. */
const formatPart = (share) => formatShare(share).replaceAll('\u00a0', '');

/** In pixels as wide as there is room for, so that its texts are as large as those around it. */
export function drawHandoffs({ boundsNs, counts }) {
  const padding = parseFloat(getComputedStyle(histogram).paddingLeft) * 2;
  const { width: outer, height } = histogram.getBoundingClientRect();
  const width = Math.max(1, outer - padding);
  const base = height - 24;
  const step = width / counts.length;
  const all = total(counts);
  const most = Math.max(1, ...counts);
  const every = [1, 3, 5].find((stride) => stride * step >= 44) ?? 15;
  const parts = [drawing('path', { d: `M0 ${base + 0.5}H${width}` })];
  counts.forEach((count, bucket) => {
    const middle = (bucket + 0.5) * step;
    const tall = count === 0 ? 0 : Math.max(2, (count / most) * (base - 28));
    const gap = Math.min(3, step * 0.12);
    parts.push(
      drawing('rect', {
        x: bucket * step + gap,
        y: base - tall,
        width: step - 2 * gap,
        height: tall,
        rx: Math.min(2, tall / 2),
      }),
    );
    if (count > 0 && (step >= 30 || count === most))
      parts.push(drawing('text', { x: middle, y: base - tall - 6, class: 'share' }, formatPart(count / all)));
  });
  boundsNs.forEach((bound, bucket) => {
    if (bucket % every !== 0) return;
    const x = (bucket + 1) * step;
    parts.push(
      drawing('path', { d: `M${x} ${base}v5` }),
      drawing('text', { x, y: base + 18 }, formatTime(bound)),
    );
  });
  histogram.setAttribute('viewBox', `0 0 ${width} ${height}`);
  histogram.replaceChildren(...parts);
}

const columns = [
  { name: 'Up to', text: ({ bound }) => bound },
  { name: 'Handoffs', text: ({ count }) => formatCount(count) },
  { name: 'Share', text: ({ share }) => formatShare(share) },
];

export function showHandoffs(latency) {
  const { boundsNs, counts } = latency;
  const all = total(counts);
  const tells =
    all === 0
      ? 'No handoff yet.'
      : `${formatCount(all)} since the start: p50 ${formatPercentile(latency, 50)}, p99 ${formatPercentile(latency, 99)}.`;
  show(find('#histogram-about'), `From accept until the worker has the connection. ${tells}`);
  histogram.setAttribute('aria-label', `Histogram of handoffs by how long they took. ${tells}`);
  drawHandoffs(latency);
  const rows = counts.map((count, bucket) => ({
    bound: boundsNs[bucket] === undefined ? 'more' : formatTime(boundsNs[bucket]),
    count,
    share: all === 0 ? 0 : count / all,
  }));
  syncTable(find('#buckets'), columns, rows, (_, index) => index);
}
