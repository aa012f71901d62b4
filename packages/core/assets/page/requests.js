// The three cards of requests: how many, how many fail, and how long they take.

import { formatPercentile } from './durations.js';
import { find, show } from './elements.js';
import { formatCount, formatRate, formatShare, formatTime, orNone } from './format.js';
import { drawPlot } from './plot.js';

const plots = {
  rate: {
    scale: 'linear',
    format: formatTick,
    series: [
      { name: 'all', pick: ({ rate }) => rate, isArea: true },
      { name: 'failed', pick: ({ errors }) => errors, isArea: true },
    ],
  },
  errors: {
    scale: 'linear',
    format: formatTick,
    series: [{ name: 'failed', pick: ({ errors }) => errors, isArea: true }],
  },
  duration: {
    scale: 'log',
    format: (ns) => formatTime(ns).replace('.0', ''),
    series: [
      { name: 'p99', pick: ({ p99 }) => p99 },
      { name: 'p50', pick: ({ p50 }) => p50 },
    ],
  },
};

function formatTick(value) {
  if (value >= 10_000) return `${value / 1_000}k`;
  return formatCount(value);
}

/** `requests`: those of the last minute. */
export function showRequests({ points }, nowMs, requests, inFlight) {
  const now = points.at(-1) ?? {};
  const { ended, failures } = requests;
  show(find('#rate .value'), orNone(now.rate, formatRate));
  show(find('#rate .aside'), `${formatCount(inFlight)} in flight`);
  show(find('#errors .value'), orNone(now.errors, formatRate));
  show(find('#errors .aside'), ended === 0 ? 'no requests' : `${formatShare(failures / ended)} of requests`);
  const recent = now.recent ?? { boundsNs: [], counts: [] };
  show(find('#duration .value'), formatPercentile(recent, 50));
  show(find('#duration .value.p99'), formatPercentile(recent, 99));
  label('rate', points, 'Requests a second', ({ rate }) => rate, formatRate);
  label('errors', points, 'Errors a second', ({ errors }) => errors, formatRate);
  label('duration', points, '99 of 100 requests took at most', ({ p99 }) => p99, formatTime);
  drawRequests({ points }, nowMs);
}

export function drawRequests({ points }, nowMs) {
  for (const [id, plot] of Object.entries(plots)) {
    const { boundsNs = [] } = points.find(({ recent }) => recent !== undefined)?.recent ?? {};
    drawPlot(find(`#${id} svg`), points, nowMs, {
      ...plot,
      most: plot.scale === 'log' ? boundsNs.at(-1) : Infinity,
    });
  }
}

/** What the plot shows, in words. */
function label(id, points, what, pick, format) {
  const values = points.map(pick).filter((value) => value !== undefined);
  const finite = (value) => (value === Infinity ? 'more than a minute' : format(value));
  const span = `${what}, over the last 5 minutes`;
  const text =
    values.length === 0
      ? `${span}: none yet`
      : `${span}: now ${finite(values.at(-1))}, least ${finite(Math.min(...values))}, most ${finite(Math.max(...values))}`;
  find(`#${id} svg`).setAttribute('aria-label', text);
}

/** Where they are not counted, the page says why it shows none. */
export function showAreCounted(areCounted) {
  find('#requests').hidden = !areCounted;
  find('#uncounted').hidden = areCounted;
}
