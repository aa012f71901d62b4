// `docs/compatibility.md`, from what the suite has found.
import type { Case, Check } from './case.js';
import { checks, kinds } from './case.js';
import { notIncluded } from './not-included.js';
import type { Results, Row } from './results.js';

export const pageFile = 'docs/compatibility.md';

/** What ✓ means in each column. */
const meanings: Record<Check, string> = {
  answers: 'Both workers answer as the app alone does: status, headers, body',
  reload: '`baton reload` under load: no request fails, and only new workers answer afterwards',
  kill: 'SIGKILL to a worker under load: only what that worker was answering fails (with `listeners`: what it had accepted), nothing hangs, and the service goes on',
  stop: 'SIGTERM under load: every request that the app has begun is answered',
  exit: 'Workers end at SIGTERM as the app alone does, which the column tells, and do their own cleanup',
  log: "The app's log has one line for each answered request, through reload, kill and stop. –: it keeps no log of requests",
};

export function compatibilityPage(cases: readonly Case[], results: Results): string {
  const sections = kinds.flatMap((kind) => {
    const ofKind = cases.filter((app) => app.kind === kind);
    return ofKind.length === 0 ? [] : [`## ${kind}\n\n${table(ofKind, results)}\n${sentences(ofKind)}`];
  });
  return `${introduction(cases, results)}\n${sections.join('\n')}\n${rest()}`;
}

function introduction(cases: readonly Case[], results: Results): string {
  const rows = Object.values(results);
  const used = (pick: (row: Row) => string): string => [...new Set(rows.map(pick))].toSorted().join(', ');
  return `# What runs under Baton

\`npx baton app.js\` runs these ${cases.length} apps. Each is written as the documentation of its framework or library shows it, without a line for
Baton; where one needs an option, a sentence below its table says so. \`pnpm test:apps\` runs each app alone, by \`node\`, and under Baton, with two workers, and compares.
This is what it found on Node ${used(({ node }) => node)} with Baton ${used(({ baton }) => baton)}.

${markdownTable(
  ['column', '✓ means'],
  checks.map((check) => [check, meanings[check]]),
)}

The load comes from eight clients. Half of them keep their connections. A ✓ holds for both ways of [handing over](how-it-works.md), \`connections\` and \`listeners\`.

To run all apps in a clone, or only those that you name:

\`\`\`sh untested="is the suite itself"
npx -y pnpm@12 test:apps
npx -y pnpm@12 test:apps express-5 koa --handoff listeners
\`\`\`

The command first installs the apps, in \`test/real-apps/apps\`. At the end it writes this page. To add an app, make a folder there, and a case in \`test/real-apps/cases\`.
`;
}

function table(cases: readonly Case[], results: Results): string {
  return markdownTable(
    ['app', 'versions', ...checks],
    cases.map((app) => rowOf(app, results[app.name])),
  );
}

/** As prettier formats it. */
function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length), 3));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}

function rowOf(app: Case, row: Row | undefined): string[] {
  if (row === undefined) return [app.title, 'not run yet', ...checks.map(() => '')];
  const versions = Object.entries(row.versions).map(([name, version]) => `${name} ${version}`);
  return [app.title, versions.join(', '), ...checks.map((check) => cell(app, row, check))];
}

function cell(app: Case, row: Row, check: Check): string {
  if (check === 'log' && app.log === undefined) return '–';
  const differs = Object.values(row.differs).some((differing) => differing.includes(check));
  const mark = differs ? 'see below' : app.alsoAlone?.[check] === undefined ? '✓' : 'as alone';
  return check === 'exit' ? `${row.end} ${mark}` : mark;
}

function sentences(cases: readonly Case[]): string {
  const all = cases.flatMap(({ title, differences, alsoAlone, remark }) => {
    const ofChecks = checks.map((check) => ({ check, sentence: differences?.[check] ?? alsoAlone?.[check] }));
    return [
      ...ofChecks.flatMap(({ check, sentence }) =>
        sentence === undefined ? [] : [`${title}, ${check}: ${sentence}`],
      ),
      ...(remark === undefined ? [] : [`${title}: ${remark}`]),
    ];
  });
  return all.length === 0 ? '' : `\n${all.map((sentence) => `- ${sentence}`).join('\n')}\n`;
}

function rest(): string {
  return `## Tried, and not included

${notIncluded.map(({ what, why }) => `- ${what}: ${why}`).join('\n')}
`;
}
