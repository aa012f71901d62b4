import { parseArgs } from 'node:util';
import { churn } from './churn.js';
import { kills } from './kills.js';
import { scrape } from './scrape.js';
import { stall } from './stall.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '64' },
    workers: { type: 'string', default: '2' },
  },
});

const benchmarks = { churn, stall, kills, scrape };
const [name = ''] = positionals;
if (!Object.hasOwn(benchmarks, name)) {
  console.error(
    `Usage: pnpm bench <${Object.keys(benchmarks).join('|')}> [--rounds n] [--seconds n] [--connections n] [--workers n]`,
  );
  process.exit(1);
}
const count = (option: keyof typeof values): number => {
  const value = Number(values[option]);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`--${option} must be a whole number from 1; it is ${JSON.stringify(values[option])}.`);
  process.exit(1);
};

await benchmarks[name as keyof typeof benchmarks]({
  rounds: count('rounds'),
  seconds: count('seconds'),
  connections: count('connections'),
  workers: count('workers'),
});
