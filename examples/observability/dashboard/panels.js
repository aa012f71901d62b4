// Panels in Grafana's classic JSON model. Each has a title, a description, what it asks Prometheus for, and a unit.

const datasource = { type: 'prometheus', uid: '${datasource}' };

/** One query. The legend's `{{label}}` is a label of what comes back. */
export function query(expr, legendFormat) {
  return { expr, legendFormat };
}

/** Curves over time. `unit` is one of Grafana's: `short`, `cps`, `s`, `bytes`, `percentunit`. */
export function timeseries(options) {
  return curves(options, { drawStyle: 'line', fillOpacity: 8, lineWidth: 1, showPoints: 'never' });
}

/** Bars, for what happens now and then. */
export function bars(options) {
  const stacking = { mode: 'normal', group: 'A' };
  return curves(options, { drawStyle: 'bars', fillOpacity: 80, lineWidth: 0, stacking });
}

function curves({ unit = 'short', max, queries, ...words }, custom) {
  return {
    type: 'timeseries',
    ...words,
    width: words.width ?? 8,
    height: 8,
    datasource,
    targets: targets(queries),
    fieldConfig: {
      defaults: { unit, min: 0, ...(max && { max }), color: { mode: 'palette-classic' }, custom },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

/** One number or two, large, from the newest values. `steps`: from which value on it has which colour. */
export function stat({ unit = 'short', decimals, steps = [[null, 'green']], queries, ...words }) {
  return {
    type: 'stat',
    ...words,
    width: words.width ?? 4,
    height: 5,
    datasource,
    targets: targets(queries),
    fieldConfig: {
      defaults: {
        unit,
        ...(decimals !== undefined && { decimals }),
        color: { mode: 'thresholds' },
        thresholds: { mode: 'absolute', steps: steps.map(([value, color]) => ({ value, color })) },
      },
      overrides: [],
    },
    options: {
      colorMode: 'value',
      graphMode: 'area',
      justifyMode: 'auto',
      orientation: 'auto',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      textMode: queries.length > 1 ? 'value_and_name' : 'value',
    },
  };
}

/** The newest values as a table: `columns` are labels, in this order. */
export function table({ columns, queries, ...words }) {
  const instant = targets(queries).map((target) => ({
    ...target,
    format: 'table',
    instant: true,
    range: false,
  }));
  const indexByName = Object.fromEntries(columns.map((name, index) => [name, index]));
  return {
    type: 'table',
    ...words,
    height: 5,
    datasource,
    targets: instant,
    fieldConfig: { defaults: { custom: { align: 'left' } }, overrides: [] },
    options: { showHeader: true, cellHeight: 'sm' },
    transformations: [
      {
        id: 'organize',
        options: { excludeByName: { Time: true }, indexByName, renameByName: { Value: 'primaries' } },
      },
    ],
  };
}

/** How many took how long, over time, from a histogram's buckets. */
export function heatmap({ unit, queries, ...words }) {
  return {
    type: 'heatmap',
    ...words,
    height: 8,
    datasource,
    targets: targets(queries).map((target) => ({ ...target, format: 'heatmap' })),
    fieldConfig: { defaults: { custom: { scaleDistribution: { type: 'linear' } } }, overrides: [] },
    options: {
      calculate: false,
      cellGap: 1,
      color: {
        mode: 'scheme',
        scheme: 'Oranges',
        steps: 64,
        exponent: 0.5,
        scale: 'exponential',
        fill: 'orange',
      },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      rowsFrame: { layout: 'auto' },
      tooltip: { mode: 'single', yHistogram: false },
      yAxis: { axisPlacement: 'left', reverse: false, unit },
    },
  };
}

/** What state each series is in. `states`: by value, a word and a colour. */
export function stateTimeline({ states, queries, ...words }) {
  const options = Object.fromEntries(
    states.map(([value, text, color], index) => [value, { text, color, index }]),
  );
  return {
    type: 'state-timeline',
    ...words,
    height: 8,
    datasource,
    targets: targets(queries),
    fieldConfig: {
      defaults: {
        color: { mode: 'thresholds' },
        custom: { fillOpacity: 80, lineWidth: 0 },
        mappings: [{ type: 'value', options }],
      },
      overrides: [],
    },
    options: {
      alignValue: 'left',
      mergeValues: true,
      rowHeight: 0.9,
      showValue: 'auto',
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'single', sort: 'none' },
    },
  };
}

/** Words, in Markdown. */
export function text({ content, ...words }) {
  return { type: 'text', ...words, height: 3, options: { mode: 'markdown', content } };
}

function targets(queries) {
  return queries.map(({ expr, legendFormat }, index) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource,
    editorMode: 'code',
    expr,
    range: true,
    ...(legendFormat && { legendFormat }),
  }));
}
