import { Command } from 'commander';
import { BatonError } from '../errors.js';

/** A command that tells what is wrong with its command line as Baton tells everything: in one line, with what to do. */
export class BatonCommand extends Command {
  /** Throws BATON_USAGE; commander calls it, too. */
  override error(message: string): never {
    const line = this.parent === null ? 'baton' : `baton ${this.name()}`;
    throw new BatonError('BATON_USAGE', [sentences(message), line]);
  }
}

/** commander writes `error: unknown option '--jsn'`, and in the next line `(Did you mean --json?)`. */
function sentences(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\n\((.*)\)$/s, '. $1')
    .replace(/^./, (letter) => letter.toUpperCase())
    .replace(/[^.?…]$/, '$&.');
}
