// `baton top` and `baton status` of a primary that is made up. It is away while the file MADE_UP_AWAY exists.
import { existsSync } from 'node:fs';
import { statusCommand } from '../../packages/core/dist/cli/status.js';
import { BatonError } from '../../packages/core/dist/errors.js';
import { topCommand } from '../../packages/core/dist/cli/top.js';

const startedAt = Date.now() - 3 * 3_600_000;
let slots = 3;
let answers = 0;

const remote = {
  async status() {
    if (process.env.MADE_UP_SEVERAL)
      throw new BatonError('BATON_SEVERAL_PRIMARIES', [
        '/srv/shop',
        ['baton top --name shop', 'baton top --name till'],
      ]);
    if (existsSync(process.env.MADE_UP_AWAY ?? '')) throw new Error('There is no primary of that name.');
    answers += 1;
    return {
      version: '0.1.0',
      node: 'v20.19.0',
      name: 'shop',
      pid: 4242,
      app: 'server.js',
      startedAt,
      handoff: 'connections',
      policy: 'least-loaded',
      slots,
      generation: 2,
      metricsUrl: 'http://127.0.0.1:22866/metrics',
      listeners: [{ listener: '127.0.0.1:3000', accepted: 1_000 * answers, waiting: 0, queued: 3 }],
      workers: [...Array.from({ length: slots }, (_, slot) => worker(slot)), onProbation()],
      events: [],
    };
  },
  async reload() {
    throw new Error('slot 0 ended with code 1 before it was ready; the workers before it go on.');
  },
  async scale(change) {
    if (change < 0)
      setImmediate(() => {
        throw new Error('a bug');
      });
    slots += change;
    return `${slots} slots`;
  },
};

function worker(slot) {
  return {
    slot,
    generation: 2,
    directory: '/srv/shop',
    pid: 5_000 + slot,
    state: 'ready',
    restarts: 0,
    ageMs: 60_000 + 1_000 * answers,
    residentBytes: 48 * 1024 * 1024,
    connections: 10 * answers,
    requests: slot,
    handoffs: 700 * answers,
    ownAccepted: 0,
    idleMs: 250 * answers,
    stalledForMs: 0,
    latency: { boundsNs: [10_000, 20_000], counts: [0, 700 * answers, 0] },
    http: {
      responses: { '2xx': 1_400 * answers, '3xx': 0, '4xx': 0, '5xx': 0 },
      upgraded: 0,
      rejected: 0,
      aborted: 0,
      lost: 0,
      duration: { boundsNs: [250_000, 500_000], counts: [0, 1_400 * answers, 0], sumNs: 0 },
    },
  };
}

/** Takes the place of the first one soon. */
function onProbation() {
  return { ...worker(0), generation: 3, pid: 6_000, probationLeftMs: 3_900 };
}

try {
  const [name, ...args] = process.argv.slice(2);
  const command = name === 'top' ? topCommand(() => remote) : statusCommand(() => remote);
  await command.parseAsync(args, { from: 'user' });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
