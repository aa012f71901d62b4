// PromQL of the panels: selectors with the dashboard's variables, and what is often made of them.

/** How long `rate()` looks back: Grafana's choice, four scrapes at least. */
const window = '$__rate_interval';

/** Series of what is chosen at the top of the dashboard. */
export function of(metric, labels = '') {
  return `${metric}{job=~"$job", instance=~"$instance"${labels && `, ${labels}`}}`;
}

/** A counter's growth per second. `by` is what it is told apart by; nothing: all together. */
export function rate(by, metric, labels) {
  return `${sum(by)} (rate(${of(metric, labels)}[${window}]))`;
}

/** A counter's growth from one point of the graph to the next: for what is rare. */
export function increase(by, metric, labels) {
  return `${sum(by)} (increase(${of(metric, labels)}[${window}]))`;
}

/** A counter's growth in the time that is shown. */
export function increaseInRange(by, metric, labels) {
  return `${sum(by)} (increase(${of(metric, labels)}[$__range]))`;
}

/** A gauge now. */
export function total(by, metric, labels) {
  return `${sum(by)} (${of(metric, labels)})`;
}

/** A quantile of a histogram. */
export function quantile(q, by, metric, labels) {
  const groups = ['le', by].filter(Boolean).join(', ');
  return `histogram_quantile(${q}, ${rate(groups, `${metric}_bucket`, labels)})`;
}

/** How many slots have a worker that is ready. A slot has two of them for a moment, while one takes the other's place. */
export function slotsReady(by) {
  const bySlot = `sum by (job, instance, worker) (${of('baton_worker_state', 'state="ready"')})`;
  return `${sum(by)} (clamp_max(${bySlot}, 1))`;
}

function sum(by) {
  return by ? `sum by (${by})` : 'sum';
}
