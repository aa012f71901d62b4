import type { Command } from 'commander';
import { BatonError } from '../errors.js';
import { BatonCommand } from './baton-command.js';
import { nameOption, type NameOption } from './control-options.js';
import type { Connect } from './remote.js';
import { TopSession } from './top-session.js';

/** `baton top`: a live table of a primary's slots, with keys to reload and to scale. */
export function topCommand(connect: Connect): Command {
  return new BatonCommand('top')
    .description('Shows a running app and its workers, updated every second; press keys to reload and scale.')
    .summary('show the same, live')
    .addOption(nameOption())
    .action(async ({ name }: NameOption) => {
      for (const stream of ['stdin', 'stdout'] as const) {
        if (!process[stream].isTTY) throw new BatonError('BATON_NO_TERMINAL', [stream]);
      }
      await new TopSession(connect(name)).run();
      // A reload that goes on in the primary is not to be waited for.
      process.exit(0);
    });
}
