import type { Option, ParseOptionsResult } from 'commander';
import { nearest } from '../config/nearest.js';
import { saysWhatRuns } from '../exec-argv.js';
import { BatonCommand } from './baton-command.js';
import { askNode } from './node-option.js';

/** A command line, apart. */
interface Parts {
  /** What is Baton's, and the words that are no options. */
  own: string[];
  /** Options that are none of Baton's. */
  others: { option: string; isBehindApp: boolean }[];
  /** The first word: the app, or a command. */
  first: string | undefined;
  /** What stands behind `--`, if that is there. */
  behind: string[] | undefined;
}

/**
 * A command that is given an app to run, as node is: an option of node before the app is one more of `--node-args`, and what stands
 * behind `--` is the app's.
 */
export class RunCommand extends BatonCommand {
  /** What stands behind `--`. */
  readonly appArguments: string[] = [];

  override parseOptions(argv: string[]): ParseOptionsResult {
    const { own, others, first, behind = [] } = this.#separate(argv);
    if (first !== undefined && this.#isCommand(first)) {
      const [misplaced] = others;
      if (misplaced) this.misplaced(misplaced.option, first);
      return super.parseOptions(argv);
    }
    this.appArguments.push(...behind);
    if (own.some(isHelp)) return super.parseOptions(own);
    if (first === 'help') this.#checkTopic(own[own.indexOf(first) + 1]);
    for (const { option, isBehindApp } of others) {
      if (isBehindApp) this.#unknown(option, first, true);
      this.#checkForNode(option, first);
      // As JSON, so that blanks in it are its own.
      own.push('--node-args', JSON.stringify([option]));
    }
    return super.parseOptions(own);
  }

  misplaced(flag: string, command: string): never {
    this.error(`${flag} goes after the command: baton ${command} ${flag} …`);
  }

  /** The command that a word was most likely meant to be, if it is like one. */
  nearestCommand(word: string): string | undefined {
    return nearest(
      word,
      this.commands.map((command) => command.name()),
    );
  }

  /** Of `baton help <command>`, which commander gives all commands that have others. */
  #checkTopic(word: string | undefined): void {
    if (word === undefined || this.commands.length === 0 || this.#isCommand(word)) return;
    const near = this.nearestCommand(word);
    this.error(`there is no command ${word}${near === undefined ? '' : `. Did you mean ${near}?`}`);
  }

  #checkForNode(option: string, app: string | undefined): void {
    if (saysWhatRuns(option))
      this.error(`'${option}' tells node what to run, but workers run the app: leave it out`);
    const verdict = askNode(option);
    if (verdict === 'unknown') this.#unknown(option, app, false);
    if (typeof verdict === 'object') this.error(`${verdict.complaint}: ${howToGiveValue(option)}`);
  }

  /** As commander would, but for where it takes an option that it does not know for a mistake. */
  #separate(argv: readonly string[]): Parts {
    const parts: Parts = { own: [], others: [], first: undefined, behind: undefined };
    const rest = argv.values();
    for (const word of rest) {
      if (word === '--') return { ...parts, behind: [...rest] };
      if (word === '-' || !word.startsWith('-')) {
        parts.first ??= word;
        if (this.#isCommand(parts.first)) return parts;
        parts.own.push(word);
        continue;
      }
      const option = this.options.find((known) => isNamed(known, word));
      if (option === undefined && !isHelp(word)) {
        parts.others.push({ option: word, isBehindApp: parts.first !== undefined });
        continue;
      }
      parts.own.push(word);
      // Its value is the next word, whatever that looks like.
      if (option?.required === true && [option.short, option.long].includes(word)) {
        const next = rest.next();
        if (next.done !== true) parts.own.push(next.value);
      }
    }
    return parts;
  }

  #isCommand(word: string): boolean {
    return this.commands.some((command) => command.name() === word);
  }

  #unknown(option: string, app: string | undefined, isBehindApp: boolean): never {
    const flag = option.replace(/=.*/s, '');
    const known = this.options.flatMap(({ long }) => long ?? []);
    const command = isBehindApp && app !== undefined ? this.nearestCommand(app) : undefined;
    const near = flag.startsWith('--') ? nearest(flag, known) : undefined;
    const meant = command === undefined ? near : `the command ${command}`;
    const rightPlace = ['baton', ...(app === undefined ? [] : [app]), '--', option].join(' ');
    this.error(
      [
        `unknown option '${flag}'${isBehindApp ? ` after the app ${app}` : ''}.`,
        ...(meant === undefined ? [] : [`Did you mean ${meant}?`]),
        `Put the app's own options after --, as in "${rightPlace}"`,
      ].join(' '),
    );
  }
}

/** `-w`, `-w4`, `--workers` or `--workers=4`. */
function isNamed({ short, long }: Option, word: string): boolean {
  if (word.startsWith('--')) return word.replace(/=.*/s, '') === long;
  return word.slice(0, 2) === short;
}

function isHelp(word: string): boolean {
  return word === '-h' || word === '--help';
}

function howToGiveValue(option: string): string {
  return option.startsWith('--')
    ? `give its value after =: ${option.replace(/=.*/s, '')}=…`
    : `give it with its value: --node-args "${option} …"`;
}
