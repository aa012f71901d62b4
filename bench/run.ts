import { parseArgs } from 'node:util';
import { balance, kinds } from './balance.js';
import { churn } from './churn.js';
import { keepalive } from './keepalive.js';
import { kills } from './kills.js';
import { proxy } from './proxy.js';
import { reload } from './reload.js';
import { formatReport, record, type Report } from './report.js';
import { scrape } from './scrape.js';
import { stall } from './stall.js';
import { upgraded } from './upgraded.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string' },
    workers: { type: 'string' },
    policy: { type: 'string' },
    probation: { type: 'string', default: '200' },
    record: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false },
  },
});

/** Those whose reports the documentation shows. */
const recorded: Record<string, () => Promise<Report>> = {
  churn: () => churn({ ...inRounds(), connections: connections(64) }),
  stall: () => stall(inRounds()),
  kills: () => kills(inRounds()),
  reload: () => reload(inRounds()),
};

const others: Record<string, () => Promise<void>> = {
  keepalive: () => keepalive({ ...inRounds(), connections: connections(64) }),
  scrape: () => scrape(inRounds()),
  proxy: () => proxy({ ...inRounds(), connections: connections(64) }),
  upgraded: () => upgraded({ ...inRounds(), connections: connections(32) }),
  balance: () =>
    balance({
      workerCounts: (values.workers ?? '2,4,8').split(',').map((text) => parseCount('workers', text)),
      policy: values.policy === undefined ? undefined : oneOf('policy', values.policy, Object.keys(kinds)),
      probationMs: count('probation'),
      isQuick: values.quick,
      isWhole: values.whole,
    }),
};

function inRounds(): { rounds: number; seconds: number; workers: number } {
  const workers = parseCount('workers', values.workers ?? '2');
  return { rounds: count('rounds'), seconds: count('seconds'), workers };
}

function connections(byDefault: number): number {
  return parseCount('connections', values.connections ?? String(byDefault));
}

function count(option: 'rounds' | 'seconds' | 'probation'): number {
  return parseCount(option, values[option]);
}

function parseCount(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`--${option} must be a whole number from 1; it is ${JSON.stringify(text)}.`);
  process.exit(1);
}

function oneOf(option: string, text: string, known: string[]): string {
  if (known.includes(text)) return text;
  console.error(`--${option} must be one of ${known.join(', ')}; it is ${JSON.stringify(text)}.`);
  process.exit(1);
}

const [name = ''] = positionals;
const measure = recorded[name];
if (measure !== undefined) {
  console.log(name);
  const report = await measure();
  console.log(formatReport(report));
  if (values.record) record(name, report);
} else if (others[name] !== undefined && !values.record) {
  await others[name]();
} else {
  const names = [...Object.keys(recorded), ...Object.keys(others)];
  console.error(
    `Usage: pnpm bench <${names.join('|')}> [--rounds n] [--seconds n] [--connections n] [--workers n]\n` +
      `       pnpm bench <${Object.keys(recorded).join('|')}> --record: also writes bench/results\n` +
      '       pnpm bench balance [--workers 2,4,8] [--policy least-loaded|round-robin|listeners] [--probation ms] [--quick] [--whole]',
  );
  process.exit(1);
}
