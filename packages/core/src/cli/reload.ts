import { Command } from 'commander';
import { sendCommand } from '../control/client.js';
import { chosenName, formatSeconds, formatWorkers, nameOption, printEvent } from './control-options.js';
import type { NameOption } from './control-options.js';

export function reloadCommand(): Command {
  return new Command('reload')
    .description('Replaces the workers of a running app by new ones, one slot after the other.')
    .summary('replace the workers by new ones')
    .addOption(nameOption())
    .action(async (options: NameOption) => {
      const result = await sendCommand(chosenName(options), 'reload', {}, printEvent);
      const { workers, generation, durationMs } = result;
      console.log(
        `reloaded ${formatWorkers(workers)} to generation ${generation} in ${formatSeconds(durationMs)}`,
      );
    });
}
