import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { nodeOptions } from '../exec-argv.js';
import { strings } from '../option-checks.js';
import { fail, type Kind } from './kinds.js';

export const file: Kind<string> = {
  fromText: (name, text) => text || fail(name, 'the path of a file', text),
  fromValue: (name, given) =>
    typeof given === 'string' ? file.fromText(name, given) : fail(name, 'the path of a file', given),
  show: String,
  schema: { type: 'string', minLength: 1 },
  from: (directory, given) => path.resolve(directory, given),
};

/** Words. In text, blanks part them; where that will not do, they are a JSON array. */
export const words: Kind<readonly string[]> = {
  fromText(name, text) {
    if (!text.startsWith('[')) return text.split(/\s+/).filter((word) => word !== '');
    try {
      return strings(name, JSON.parse(text) as readonly string[]);
    } catch {
      return fail(name, 'words separated by spaces, or a JSON array of strings', text);
    }
  },
  fromValue: (name, given) => strings(name, given as readonly string[]),
  show: (value) => (value.length === 0 ? 'none' : value.join(' ')),
  schema: { type: 'array', items: { type: 'string' } },
  isList: true,
};

/** Options of node, with their values. A flag may have several, too. */
export const nodeArguments: Kind<readonly string[]> = {
  ...words,
  fromText: (name, text) => nodeOptions(name, words.fromText(name, text)),
  fromTexts: (name, texts) =>
    nodeOptions(
      name,
      texts.flatMap((text) => words.fromText(name, text)),
    ),
  fromValue: (name, given) => nodeOptions(name, given as readonly string[]),
};

export const paths: Kind<readonly string[]> = {
  ...words,
  from: (directory, given) => given.map((item) => path.resolve(directory, item)),
};

/** Only what begins with `./` or `../` is a file: all else node finds by its name. */
const relativeModule = /^\.\.?\//;

/** Modules for `--require`, which takes paths. */
export const requiredModules: Kind<readonly string[]> = {
  ...words,
  from: (directory, given) =>
    given.map((item) => (relativeModule.test(item) ? path.resolve(directory, item) : item)),
};

/** Modules for `--import`, which takes URLs. */
export const importedModules: Kind<readonly string[]> = {
  ...words,
  from: (directory, given) =>
    given.map((item) =>
      relativeModule.test(item) ? pathToFileURL(path.resolve(directory, item)).href : item,
    ),
};
