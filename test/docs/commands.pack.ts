// The commands of the documentation, as they stand, in a project that has installed the packages as they would be published.
// Of one page: node test/dist/docs/commands.pack.js docs/control.md
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryDirectory } from '../harness.js';
import { startRegistry } from '../packaging/registry.js';
import { npm, pnpm, runNode, tool } from '../packaging/tools.js';
import { blocksOf, pages, type Block } from './page.js';
import { curlrc, runPage, type Place } from './page-commands.js';
import { areFree } from './ports.js';

/** What a page's commands find, unless it shows a file of that name. The app is on port 3000 if the page names that. */
const files = (ports: readonly number[]): Record<string, string> => ({
  'package.json': '{ "name": "shop", "private": true }',
  '.env': 'GREETING=hello\n',
  'app.js': `
    import('node:http').then(({ createServer }) =>
      createServer((request, response) =>
        response.end(\`worker \${process.env.BATON_SLOT}, pid \${process.pid}\\n\`),
      ).listen(process.env.PORT ?? ${ports.includes(3000) ? 3000 : 0}),
    );`,
});

test('the commands of the pages', async (t) => {
  const registry = await startRegistry(t);
  const cache = temporaryDirectory(t);
  const chosen = process.argv.slice(2);
  for (const page of chosen.length > 0 ? chosen : pages()) {
    const blocks = blocksOf(page);
    if (!blocks.some(({ isRun }) => isRun)) continue;
    await t.test(page, async (t) => {
      const place = makePlace(t, blocks, `registry=${registry}\ncache=${cache}\nfund=false\naudit=false\n`);
      await runNode([npm, 'install', '@baton/core', ...packagesOf(blocks)], {
        cwd: place.directory,
        env: place.env,
      });
      await areFree(portsOf(blocks));
      await runPage(page, place);
    });
  }
});

/** The home and the project of somebody who follows a page. */
function makePlace(t: TestContext, blocks: readonly Block[], npmrc: string): Place {
  const home = temporaryDirectory(t);
  const directory = path.join(home, 'shop');
  const bin = path.join(home, 'bin');
  const runtime = path.join(home, 'run');
  for (const made of [directory, bin]) mkdirSync(made);
  mkdirSync(runtime, { mode: 0o700 });
  writeFileSync(path.join(home, '.npmrc'), npmrc);
  writeFileSync(path.join(home, '.curlrc'), curlrc);
  const programs = { node: process.execPath, npm, npx: tool('npm/bin/npx-cli.js'), pnpm };
  for (const [name, file] of Object.entries(programs)) symlinkSync(file, path.join(bin, name));
  const shown = blocks.flatMap(({ file, text }) => (file === undefined ? [] : [[file, text] as const]));
  for (const [name, text] of [...Object.entries(files(portsOf(blocks))), ...shown]) {
    const file = path.join(directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const found = [path.join(directory, 'node_modules/.bin'), bin, '/usr/local/bin', '/usr/bin', '/bin'];
  // A reload need not take its time here.
  const env = { HOME: home, PATH: found.join(':'), XDG_RUNTIME_DIR: runtime, BATON_PROBATION: '100ms' };
  return { directory, env };
}

/** The packages that the page's files import. */
function packagesOf(blocks: readonly Block[]): Set<string> {
  const text = blocks.map((block) => (block.file === undefined ? '' : block.text)).join('\n');
  const imported = [
    ...text.matchAll(/(?:from|import|require\()\s*['"](?!node:)((?:@[\w.-]+\/)?[a-z][\w.-]*)/g),
  ];
  return new Set(imported.map(([, name = '']) => name).filter((name) => !isBuiltin(name)));
}

/** What may be a port in the page's files and commands. */
function portsOf(blocks: readonly Block[]): number[] {
  const text = blocks.map((block) => (block.isRun || block.file !== undefined ? block.text : '')).join('\n');
  const numbers = text.match(/\b\d{4,5}\b/g) ?? [];
  return [...new Set(numbers.map(Number))].filter((number) => number >= 1024 && number < 65_536);
}
