// What a page of the documentation shows, for the test that does what its reader does.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { blocksOf, type Block } from '../docs/page.js';

/** Writes the files that a page shows into a directory: all, or these. */
export function writeFilesOf(page: string, directory: string, names?: readonly string[]): void {
  for (const { file, text } of blocksOf(page)) {
    if (file === undefined || names?.includes(file) === false) continue;
    const target = path.join(directory, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

/** Commands that tests of this file have taken, with their pages. */
const used = new Set<string>();

/** The commands of a block, a line each. */
function linesOf({ language, text }: Block): string[] {
  if (language !== 'sh' && language !== 'console') return [];
  const lines = text.split('\n').filter((line) => language === 'sh' || line.startsWith('$ '));
  return lines.map((line) => line.replace(/^\$ |(^|\s+)#.*$/g, '')).filter((line) => line !== '');
}

/**
 * The last test of a file: the ones before it have taken each command that the page marks with this test's name. `typed`: those that they
 * type otherwise, as they stand on the page.
 */
export function allAreTaken(page: string, name: string, typed: readonly string[] = []): void {
  test(`${page}: no command that is marked test=${name} is left out`, () => {
    const marked = blocksOf(page)
      .filter((block) => block.test === name)
      .flatMap(linesOf);
    assert.ok(marked.length > 0);
    assert.deepEqual(
      typed.filter((line) => !marked.includes(line)),
      [],
    );
    assert.deepEqual(
      marked.filter((line) => !typed.includes(line) && !used.has(`${page}: ${line}`)),
      [],
    );
  });
}

/** The one command of a page that the pattern finds, as words, without the variables before it. */
export function commandOf(page: string, pattern: RegExp): string[] {
  const commands = blocksOf(page)
    .flatMap(linesOf)
    .filter((line) => pattern.test(line));
  const [command, ...others] = commands;
  if (command === undefined || others.length > 0)
    throw new Error(`${page} has ${commands.length} commands with ${String(pattern)}`);
  used.add(`${page}: ${command}`);
  if (/['"\\$]/.test(command)) throw new Error(`${page}: this is for a shell: ${command}`);
  return command.replace(/^([A-Z_]+=\S+\s+)+/, '').split(/\s+/);
}

/** What stands behind `npx baton` in such a command. */
export function batonArguments(page: string, pattern: RegExp): string[] {
  const words = commandOf(page, pattern);
  const at = words.findIndex((word) => /(^|\/)baton$/.test(word));
  if (at < 0) throw new Error(`${page}: baton is not in: ${words.join(' ')}`);
  return words.slice(at + 1);
}
