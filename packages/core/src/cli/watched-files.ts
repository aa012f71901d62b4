import path from 'node:path';
import { withoutProgram } from '../exec-argv.js';
import { pinned, relativeInside, type Place } from '../working-directory.js';
import { environmentFiles } from './environment-files.js';
import type { LoadedSettings } from './launch.js';

/** What an app is made of, in a place: what was asked for, its configuration file, and the files that its environment comes from. */
export function watchedFiles({ command, file, options }: LoadedSettings, place: Place): string[] {
  const { require: required = [], import: imported = [] } = options;
  const nodeOptions = [
    ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/),
    ...(options.execArgv ?? withoutProgram(process.execArgv)),
    ...[...required, ...imported].flatMap((module) => ['--require', module]),
  ];
  const env = environmentFiles(nodeOptions, process.env);
  const files = [...command.watchPaths, ...(file === undefined ? [] : [file]), ...env];
  return files.map((name) => pinned(path.resolve(place.directory, name), place));
}

/** Which files have changed, for people. */
export function describeFiles(files: readonly string[], { realDirectory }: Place): string {
  const [first = '', ...others] = files;
  const name = relativeInside(realDirectory, first) ?? first;
  return others.length === 0 ? name : `${name} and ${others.length} more`;
}
