// Pages of the documentation as tests read them. What a code block is to a test stands behind the language of its fence, where
// Markdown has room for it and no reader sees it:
//
//   ```js file=server.js        the text of this file: tests write it where they run the page's commands
//   ```sh run                   commands that test/docs/commands.pack.ts runs as they stand, in the page's order
//   ```sh test=systemd-unit     commands that the test of this name runs
//   ```sh untested="needs a cluster of Kubernetes"
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import MarkdownIt from 'markdown-it';
import { root } from '../harness.js';
import { filesBelow } from './files.js';

/** A fenced block of code. */
export interface Block {
  /** The page's file, relative to the root. */
  page: string;
  /** The line of its fence, from 1. */
  line: number;
  language: string;
  text: string;
  /** The name of the file whose text it is. */
  file?: string;
  /** Whether its commands are run as they stand. */
  isRun: boolean;
  /** The test that runs it. */
  test?: string;
  /** Why no test does. */
  untested?: string;
}

const markdown = new MarkdownIt({ html: true });

/** Of these folders, the README alone is for people: the other files are changelogs. */
const packages = ['packages/core', 'packages/fastify-plugin', 'bench'];

/** All pages that people read, relative to the root. */
export function pages(): string[] {
  const below = ['docs', 'examples'].flatMap(filesBelow);
  const files = [...readdirSync(root), ...below, ...packages.map((folder) => `${folder}/README.md`)];
  return files.filter((name) => name.endsWith('.md')).toSorted();
}

/** The code blocks of a page, in its order. `page`: relative to the root. */
export function blocksOf(page: string): Block[] {
  const tokens = markdown.parse(readFileSync(path.resolve(root, page), 'utf8'), {});
  return tokens
    .filter(({ type }) => type === 'fence')
    .map(({ info, content, map }) => block(page, (map?.[0] ?? -1) + 1, info, content));
}

/** The text of the file that a page shows. */
export function fileOf(page: string, file: string): string {
  const [found, ...others] = blocksOf(page).filter((block) => block.file === file);
  if (found === undefined) throw new Error(`${page} has no block file=${file}`);
  if (others.length > 0) throw new Error(`${page} has ${others.length + 1} blocks file=${file}`);
  return found.text;
}

const word = /([a-z]+)(?:=(?:"([^"]*)"|(\S+)))?(?:\s+|$)/y;

function block(page: string, line: number, info: string, text: string): Block {
  const [language = '', ...rest] = info.trim().split(/\s+/);
  const words = rest.length === 0 ? '' : info.trim().slice(language.length).trim();
  const made: Block = { page, line, language, text, isRun: false };
  word.lastIndex = 0;
  while (word.lastIndex < words.length) {
    const found = word.exec(words);
    const value = found?.[2] ?? found?.[3];
    if (found?.[1] === 'run' && value === undefined) made.isRun = true;
    else if ((found?.[1] === 'file' || found?.[1] === 'test' || found?.[1] === 'untested') && value)
      made[found[1]] = value;
    else throw new Error(`${page}:${line}: what is ${JSON.stringify(words)} behind the language?`);
  }
  return made;
}
