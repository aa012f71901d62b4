import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Case, Check, Handoff } from './case.js';
import { folderOf } from './app-process.js';
import { root } from '../harness.js';

export const resultsFile = 'test/real-apps/results.json';

/** What came of one app. */
export interface Row {
  /** Of the packages that the table shows. */
  versions: Record<string, string>;
  node: string;
  baton: string;
  /** How it ends at SIGTERM, alone. */
  end: string;
  /** Checks that came out otherwise than alone, as the case says; by how the app was run. */
  differs: Partial<Record<Handoff, Check[]>>;
}

export type Results = Record<string, Row>;

export function readResults(): Results {
  return JSON.parse(readFileSync(path.join(root, resultsFile), 'utf8')) as Results;
}

/** Sorted by the apps' names. */
export function writeResults(results: Results): void {
  const sorted = Object.fromEntries(Object.entries(results).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path.join(root, resultsFile), `${JSON.stringify(sorted, null, 2)}\n`);
}

/** The versions that an app's package.json asks for, which are exact. */
export function versionsOf(app: Case): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(path.join(folderOf(app), 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.fromEntries(
    app.packages.map((name) => {
      const version = dependencies[name];
      if (version === undefined) throw new Error(`package.json of ${app.name} has no ${name}`);
      return [name, version];
    }),
  );
}
