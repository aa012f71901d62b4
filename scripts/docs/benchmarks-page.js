// Writes docs/benchmarks.md, and the results in README.md, from the reports in bench/results. With --check, only says whether they are
// as they would be written. Build first.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { formatTable } from '../../bench/dist/table.js';

const root = path.join(import.meta.dirname, '../..');
const report = (name) => JSON.parse(readFileSync(path.join(root, 'bench/results', `${name}.json`), 'utf8'));
const [churn, reload, kills, stall] = ['churn', 'reload', 'kills', 'stall'].map(report);

/** Digits in groups, as prose has them. */
const grouped = (count) => Number(count).toLocaleString('en-US');

const readmeResults = `
- **New connections**: ${churn.facts.rate} × as many a second as under \`node:cluster\`, with ${churn.facts.primary} × the processor time in the primary
  ([measured](docs/benchmarks.md#new-connections)).
- **Deploys**: ${reload.facts.reloads} reloads under ${grouped(reload.facts.requests)} keep-alive requests: ${reload.facts.failed} failed, ${reload.facts.reopened} connections lost.
  \`node:cluster\`: ${reload.facts.clusterFailed} failed, ${grouped(reload.facts.clusterReopened)} connections lost ([measured](docs/benchmarks.md#reloads)).
- **Crashes**: a worker killed every second under ${grouped(kills.facts.requests)} requests: ${kills.facts.failed} failed, ${kills.facts.hung} hung.
  \`node:cluster\`: ${kills.facts.clusterFailed} failed, ${kills.facts.clusterHung} hung ([measured](docs/benchmarks.md#killed-workers)).
- **Blocked event loops**: of ${grouped(stall.facts.requests)} requests, ${grouped(stall.facts.queued)} waited longer than 50 ms for a worker. \`node:cluster\`:
  ${grouped(stall.facts.clusterQueued)}; \`SO_REUSEPORT\`: ${grouped(stall.facts.reusePortQueued)} ([measured](docs/benchmarks.md#blocked-event-loops)).
`;

const page = `# Benchmarks

<!-- Written by \`pnpm docs:benchmarks\` from the reports in bench/results. -->

Each contender runs the same app with the same load for the same time. In each round all of them take their turn, forwards in one and backwards in the next,
so that a machine that is slower for a while is so for all. The machine is shared and small: compare the contenders of a table, not the figures of
two machines. How each benchmark works: [bench/README.md](../bench/README.md). To run one: \`npx -y pnpm@12 bench churn\` in a clone.

## New connections

A new connection for each request: what it costs to get connections to workers.

${section(churn)}

\`SCHED_NONE\` and \`reusePort\` cost the primary nothing. They leave balance, restarts and stuck workers to the kernel, which sees none of them: see
[below](#blocked-event-loops).

## Reloads

All workers are replaced while clients keep their connections open.

${section(reload)}

## Killed workers

${section(kills)}

## Blocked event loops

${section(stall)}
`;

function section({ settings, table, notes }) {
  return [settings, formatTable(table), ...notes].join('\n\n');
}

const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const region = /(<!-- results: [^\n]*-->\n)[^]*?(<!-- end of results -->)/;
if (!region.test(readme)) throw new Error('README.md has no place for the results.');
const written = {
  'docs/benchmarks.md': page,
  'README.md': readme.replace(region, (_, begin, end) => `${begin}${readmeResults}\n${end}`),
};

for (const [name, text] of Object.entries(written)) {
  const file = path.join(root, name);
  const formatted = await format(text, { ...(await resolveConfig(file)), filepath: file });
  if (!process.argv.includes('--check')) writeFileSync(file, formatted);
  else if (readFileSync(file, 'utf8') !== formatted) {
    console.error(`${name} is not what bench/results says: run \`pnpm docs:benchmarks\`.`);
    process.exitCode = 1;
  }
}
