// What pages show of the apps is what `pnpm test:apps` runs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { folderOf } from './app-process.js';
import type { Case } from './case.js';
import { cases } from './cases.js';
import { blocksOf, type Block } from '../docs/page.js';

interface Manifest {
  scripts: Record<string, string>;
}

const read = (app: Case, file: string): string => readFileSync(path.join(folderOf(app), file), 'utf8');

const showsScripts = ({ language, text }: Block): boolean =>
  language === 'json' && text.includes('"scripts"');

for (const app of cases)
  for (const page of app.pages ?? [])
    test(`${page}: its files and scripts are those of ${app.name}`, () => {
      const blocks = blocksOf(page);
      for (const { file, text } of blocks)
        if (file !== undefined) assert.equal(text, read(app, file), `${page}, file=${file}`);
      const { scripts } = JSON.parse(read(app, 'package.json')) as Manifest;
      for (const { text } of blocks.filter(showsScripts))
        for (const [name, shown] of Object.entries((JSON.parse(text) as Manifest).scripts))
          // The examples build before they start.
          assert.equal(scripts[name]?.replace(/^npm run build && /, ''), shown, `${page}, script ${name}`);
    });
