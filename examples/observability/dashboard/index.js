// The dashboard of a Baton. `scripts/dashboard.js` writes it to ../grafana/baton.json.
import { layOut } from './layout.js';
import { app } from './rows/app.js';
import { handoffs } from './rows/handoffs.js';
import { overview } from './rows/overview.js';
import { requests } from './rows/requests.js';
import { traffic } from './rows/traffic.js';
import { trouble } from './rows/trouble.js';
import { workers } from './rows/workers.js';

const datasource = { type: 'prometheus', uid: '${datasource}' };

/** A choice at the top: values of a label, several at a time. */
function labelVariable(name, label, series) {
  const query = `label_values(${series}, ${name})`;
  return {
    type: 'query',
    name,
    label,
    datasource,
    definition: query,
    query: { qryType: 1, query, refId: `variable-${name}` },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: { text: 'All', value: '$__all' },
  };
}

export const dashboard = {
  uid: 'baton',
  title: 'Baton',
  description: 'What a Baton does: its workers, the connections that it hands them, and what went wrong.',
  tags: ['baton', 'nodejs'],
  schemaVersion: 39,
  version: 1,
  editable: true,
  graphTooltip: 1,
  timezone: 'browser',
  time: { from: 'now-1h', to: 'now' },
  refresh: '30s',
  templating: {
    list: [
      { type: 'datasource', name: 'datasource', label: 'Data source', query: 'prometheus', refresh: 1 },
      labelVariable('job', 'Job', 'baton_build_info'),
      labelVariable('instance', 'Instance', 'baton_build_info{job=~"$job"}'),
    ],
  },
  annotations: { list: [] },
  links: [],
  panels: layOut([requests, overview, traffic, handoffs, workers, trouble, app]),
};
