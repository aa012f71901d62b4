// The types of both packages, as apps of each TypeScript see them once they have installed the tarballs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { project, tarballs } from './tarballs.js';

const programs = path.join(import.meta.dirname, '../../packaging/programs');
const compilers = ['5.0', '5.4', '5.8', '5.9', '6.0', '7.0'] as const;
type Compiler = (typeof compilers)[number];

/** Which types of Node's each TypeScript can read at all, by the major release of `@types/node`. */
const nodeTypes: Record<Compiler, readonly string[]> = {
  '5.0': ['20'],
  '5.4': ['20', '24'],
  '5.8': ['20', '24', '26'],
  '5.9': ['20', '24', '26'],
  '6.0': ['20', '24', '26'],
  '7.0': ['20', '24', '26'],
};

interface Check {
  compiler: Compiler;
  /** As in a tsconfig.json. */
  module: 'node16' | 'node20' | 'nodenext' | 'esnext';
  /** Names of `programs`. */
  files: readonly string[];
  /** The major release of `@types/node`. */
  nodeTypes: string;
  more?: { exactOptionalPropertyTypes?: boolean; skipLibCheck?: boolean };
}

/** Those who import. The types of Fastify 5 itself need TypeScript 5.4. */
const importers = compilers.flatMap((compiler, row) => {
  const files = compiler === '5.0' ? ['core.mts'] : ['core.mts', 'plugin.mts'];
  const known = nodeTypes[compiler];
  return (['node16', 'nodenext', 'esnext'] as const).map((module, column): Check => ({
    compiler,
    module,
    files,
    nodeTypes: known[column % known.length] ?? '',
    more: { exactOptionalPropertyTypes: (row + column) % 2 === 0 },
  }));
});

/** Those who require(). */
const requirers: Check[] = [
  { compiler: '5.8', module: 'nodenext', files: ['core.cts', 'plugin-by-name.cts'], nodeTypes: '20' },
  ...(['5.9', '6.0', '7.0'] as const).flatMap((compiler) =>
    (['node20', 'nodenext'] as const).map((module) => ({
      compiler,
      module,
      files: ['core.cts', 'plugin.cts', 'plugin-by-name.cts'],
      nodeTypes: '24',
    })),
  ),
];

const lenient: Check = {
  compiler: '5.0',
  module: 'nodenext',
  files: ['core.mts', 'plugin.mts'],
  nodeTypes: '20',
  more: { skipLibCheck: true },
};

/** Where the compilers are installed, and apps, by their major release of `@types/node`. */
let compilersDirectory = '';
const apps = new Map<string, string>();

before(async () => {
  const { core, fastifyPlugin } = await tarballs();
  const install = async (version: string): Promise<void> => {
    const types = version === 'none' ? [] : [`@types/node@${version}`];
    const app = await project([core, fastifyPlugin, 'fastify@5', 'prom-client@15', ...types]);
    for (const name of readdirSync(programs)) copyFileSync(path.join(programs, name), path.join(app, name));
    apps.set(version, app);
  };
  const aliases = compilers.map((version) => `typescript-${version}@npm:typescript@${version}`);
  [compilersDirectory] = await Promise.all([project(aliases), ...['none', ...nodeTypes['7.0']].map(install)]);
});

let compilations = 0;

/** What the compiler says of an app that names no types in its tsconfig.json. Nothing, if all is well. */
async function compile({ compiler, module, files, nodeTypes, more }: Check): Promise<string> {
  const app = apps.get(nodeTypes) ?? '';
  const tsconfig = path.join(app, `tsconfig.${compilations++}.json`);
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022'],
    types: [],
    module,
    ...(module === 'esnext' && { moduleResolution: 'bundler' }),
    ...more,
  };
  writeFileSync(tsconfig, JSON.stringify({ compilerOptions, files }));
  const tsc = path.join(compilersDirectory, `node_modules/typescript-${compiler}/bin/tsc`);
  const child = spawn(process.execPath, [tsc, '-p', tsconfig], { cwd: app });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0 ? said : `${said}\nexit code ${code}`;
}

void describe('types', { concurrency: availableParallelism() }, () => {
  for (const check of [...importers, ...requirers, lenient]) {
    const { compiler, module, files, nodeTypes, more = {} } = check;
    const rest = `${files.join(', ')}, @types/node ${nodeTypes}, ${JSON.stringify(more)}`;
    test(`TypeScript ${compiler}, ${module}: ${rest}`, async () => assert.equal(await compile(check), ''));
  }

  test('without @types/node: TypeScript says that they are missing', async () => {
    const said = await compile({
      compiler: '7.0',
      module: 'nodenext',
      files: ['core.mts'],
      nodeTypes: 'none',
    });
    assert.match(said, /Cannot find type definition file for 'node'/);
    assert.match(said, /Do you need to install type definitions for node\?/);
  });
});
