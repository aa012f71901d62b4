import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../harness.js';
import { filesBelow } from './files.js';
import { blocksOf, type Block } from './page.js';

/** Languages of commands. */
const shells = new Set(['sh', 'bash', 'shell', 'console']);

/** What is wrong with the marks of a page's blocks, a text each. */
export function wrongMarks(page: string, sources: TestSources = ownSources): string[] {
  const blocks = blocksOf(page);
  const files = blocks.map(({ file }) => file);
  return blocks.flatMap((block, index) => {
    const wrong = shells.has(block.language) ? ofCommands(block) : ofFile(block);
    if (block.file !== undefined && files.indexOf(block.file) < index)
      wrong.push(`there is another block file=${block.file}`);
    if (block.test !== undefined) wrong.push(...ofTest(block, block.test, sources));
    return wrong.map((text) => `${page}:${block.line}: ${text}`);
  });
}

function ofCommands({ language, isRun, test, untested }: Block): string[] {
  const marks = [isRun, test !== undefined, untested !== undefined].filter(Boolean).length;
  if (marks !== 1) return ['commands have one of run, test=NAME and untested="why"'];
  return isRun && language !== 'sh' ? [`run is for sh, and this is ${language}`] : [];
}

function ofFile({ language, isRun, untested }: Block): string[] {
  return isRun || untested !== undefined
    ? [`run and untested= are for commands, and this is ${language}`]
    : [];
}

/** A test takes its blocks from the page, or has each of their commands itself. */
function ofTest({ page, text, language }: Block, test: string, sources: TestSources): string[] {
  const named = sources(test);
  if (named.length === 0) return [`there is no test ${test}`];
  if (named.some((source) => reads(source, page))) return [];
  if (!shells.has(language)) return [`test ${test} does not read this page`];
  const commands = text.split('\n').map((line) => line.replace(/^\$ |(^|\s+)#.*$/g, ''));
  const missing = commands.find((command) => !named.some((source) => source.includes(command)));
  return missing === undefined ? [] : [`test ${test} neither reads this page, nor has: ${missing}`];
}

/** Whether a source names the page: in full, or as one of several, `examples/${name}/README.md`. */
function reads(source: string, page: string): boolean {
  if (source.includes(`/${page}'`) || source.includes(`'${page}'`)) return true;
  const several = [...source.matchAll(/`([\w/.-]*)\$\{\w+\}([\w/.-]*\.md)`/g)];
  return several.some(([, start = '', end = '']) => page.startsWith(start) && page.endsWith(end));
}

/** Of each test file of a name, or the suite that a folder of that name runs: its source, and those of the modules beside it that it imports, as one text. */
type TestSources = (name: string) => string[];

function ownSources(name: string): string[] {
  return ['test', 'packages/core/test', 'packages/fastify-plugin/test']
    .flatMap(filesBelow)
    .filter((file) => isTest(file, name))
    .map((file) =>
      [...withImports(file)].map((module) => readFileSync(path.join(root, module), 'utf8')).join('\n'),
    );
}

function isTest(file: string, name: string): boolean {
  return (
    /^(.*)\.(test|pack|long)\.ts$/.exec(path.basename(file))?.[1] === name || file.endsWith(`/${name}/run.ts`)
  );
}

/** A module and what it imports by relative paths, and that in turn. */
function withImports(file: string): Set<string> {
  const modules = new Set([file]);
  // It grows while it is gone through.
  for (const module of modules)
    for (const [, imported = ''] of readFileSync(path.join(root, module), 'utf8').matchAll(
      / from '(\.[^']+)\.js'/g,
    ))
      modules.add(path.join(path.dirname(module), `${imported}.ts`));
  return modules;
}
