// What a page of the documentation shows, for the test that does what its reader does.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { blocksOf } from '../docs/page.js';

/** Writes the files that a page shows into a directory: all, or these. */
export function writeFilesOf(page: string, directory: string, names?: readonly string[]): void {
  for (const { file, text } of blocksOf(page)) {
    if (file === undefined || names?.includes(file) === false) continue;
    const target = path.join(directory, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

/** The one command of a page that the pattern finds, as words, without the variables before it. */
export function commandOf(page: string, pattern: RegExp): string[] {
  const commands = blocksOf(page)
    .filter(({ language }) => language === 'sh' || language === 'console')
    .flatMap(({ text }) => text.split('\n'))
    .map((line) => line.replace(/^\$ |\s+#.*$/g, ''))
    .filter((line) => pattern.test(line));
  const [command, ...others] = commands;
  if (command === undefined || others.length > 0)
    throw new Error(`${page} has ${commands.length} commands with ${String(pattern)}`);
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
