import { query, stat, table } from '../panels.js';
import { increaseInRange, of, quantile, rate, slotsReady, total } from '../select.js';

const restarts = 'baton_worker_restarts_total';
const handoff = 'baton_handoff_duration_seconds';

export const overview = {
  title: 'Overview',
  panels: [
    stat({
      title: 'Workers ready',
      description:
        'Slots whose worker takes connections, and how many slots there should be. If fewer are ready for more than a few seconds, a worker does not start: see its output, and "Worker states". At 0, no client is served and connections wait.',
      width: 5,
      steps: [
        [null, 'red'],
        [1, 'green'],
      ],
      queries: [query(slotsReady(), 'ready'), query(total('', 'baton_slots'), 'slots')],
    }),
    stat({
      title: 'Accepted',
      description:
        'New connections per second. If it falls to 0 although there are clients, see "Accepting paused", and check whether the proxy in front of Baton still sends. If it is near the number of requests, clients or the proxy do not keep their connections open.',
      queries: [query(rate('', 'baton_accepted_total'))],
      unit: 'cps',
    }),
    stat({
      title: 'Handoff',
      description:
        'Time from accept(2) until a worker has the connection: half of them are faster than p50, 99 of 100 faster than p99. Usually well below a millisecond. If p99 is near 20 ms or above, event loops are blocked; see "Stalled".',
      width: 5,
      unit: 's',
      steps: [
        [null, 'green'],
        [0.02, 'orange'],
        [0.1, 'red'],
      ],
      queries: [query(quantile(0.5, '', handoff), 'p50'), query(quantile(0.99, '', handoff), 'p99')],
    }),
    stat({
      title: 'Restarts',
      description:
        'In the time shown: workers that crashed and were started again, and workers that were replaced for their memory or age. Crashes: look for the reason in the output; the requests in progress are lost. Many for memory: the app leaks, or `--max-memory` is too low.',
      width: 5,
      decimals: 0,
      queries: [
        query(increaseInRange('', restarts, 'reason="crash"'), 'crashes'),
        query(increaseInRange('', restarts, 'reason=~"max_memory|max_age"'), 'replaced'),
      ],
    }),
    stat({
      title: 'Reloads',
      description:
        'In the time shown, by result. Failed: the new version did not become ready, and the old one still serves; `baton status` and the output say why.',
      width: 5,
      decimals: 0,
      queries: [query(increaseInRange('result', 'baton_reloads_total'), '{{result}}')],
    }),
    table({
      title: 'Version',
      description:
        'What is running: the versions of Baton and Node, the handoff and the policy. With more than one line, primaries differ, as in the middle of a rollout. If it stays so, the rollout is stuck.',
      width: 24,
      columns: ['version', 'node', 'handoff', 'policy', 'Value'],
      queries: [query(`count by (version, node, handoff, policy) (${of('baton_build_info')})`)],
    }),
  ],
};
