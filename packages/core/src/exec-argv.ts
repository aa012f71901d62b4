import { invalid, strings } from './option-checks.js';

/** Options that say what node runs, not how: a worker with them would run that instead of the app, and start workers. */
const programOptions =
  /^(-[epcihv]|-pe|--(eval|print|check|interactive|help|version|v8-options|completion-bash|prof-process|build-sea|experimental-sea-config|(input-type|run|test|watch|build-snapshot)(-[a-z-]+)?))(=.*)?$/s;
const withValue = /^(-e|-p|-pe|--eval|--print|--input-type|--run|--watch-path)$/;

/** Options that keep node's inspector closed, whatever those before them say, and NODE_OPTIONS. */
export const noInspector = process.features.inspector
  ? ['--no-inspect', '--no-inspect-brk', '--no-inspect-wait']
  : [];

export function saysWhatRuns(option: string): boolean {
  return programOptions.test(spelled(option));
}

/** Options of node for workers, from those of this process. */
export function withoutProgram(execArgv: readonly string[]): string[] {
  return execArgv.filter((argument, index) => {
    const before = spelled(execArgv[index - 1] ?? '');
    // Here are options and their values only.
    const isValue = withValue.test(before) || (!argument.startsWith('-') && programOptions.test(before));
    return !isValue && !saysWhatRuns(argument);
  });
}

/**
 * Checks options of node for workers, and their values. What begins with no dash is taken for the value of the option before, as node
 * alone knows which have one. Throws BATON_INVALID_OPTION, naming `name`.
 */
export function nodeOptions(name: string, given: readonly string[]): readonly string[] {
  const wrong = strings(name, given).find(
    (word, index) => saysWhatRuns(word) || /^--?$/.test(word) || (index === 0 && !word.startsWith('-')),
  );
  if (wrong === undefined) return given;
  throw invalid(name, 'node options that do not choose what node runs, since workers run the app', wrong);
}

/** Node takes `_` in the name of a long option for `-`. */
export function spelled(option: string): string {
  return option.replace(/^--[^=]+/, (name) => name.replaceAll('_', '-'));
}
