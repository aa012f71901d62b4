import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatTable } from './table.js';

/** What a benchmark has measured, as it is shown and recorded. */
export interface Report {
  /** The load, the machine's Node, the rounds: a sentence. */
  settings: string;
  /** The first row has the headings. */
  table: string[][];
  /** What else is to be said, a paragraph each. */
  notes: string[];
  /** Figures that other texts quote. */
  facts: Record<string, string>;
}

export function formatReport({ settings, table, notes }: Report): string {
  return [settings, formatTable(table), ...notes].join('\n\n');
}

/** Where the documentation takes the figures from. */
const folder = path.join(import.meta.dirname, '../results');

/** Writes the report of the benchmark of this name. */
export function record(name: string, report: Report): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
}
