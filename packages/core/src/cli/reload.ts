import type { Command } from 'commander';
import { sendCommand } from '../control/client.js';
import { BatonCommand } from './baton-command.js';
import { chosenName, formatSeconds, formatWorkers, nameOption, printEvent } from './control-options.js';
import type { NameOption } from './control-options.js';

export function reloadCommand(): Command {
  return new BatonCommand('reload')
    .description('Replaces the workers of a running app with new ones, one slot after another.')
    .summary('replace the workers with new ones')
    .addOption(nameOption())
    .option(
      '--allow-dropped-listeners',
      'new workers may listen on fewer addresses than the old ones (default: as the app was started)',
    )
    .action(async (options: NameOption & { allowDroppedListeners?: boolean }) => {
      const { allowDroppedListeners } = options;
      const body = allowDroppedListeners === undefined ? {} : { allowDroppedListeners };
      const result = await sendCommand(await chosenName(options), 'reload', body, printEvent);
      const { workers, generation, durationMs } = result;
      console.log(
        `reloaded ${formatWorkers(workers)} to generation ${generation} in ${formatSeconds(durationMs)}`,
      );
    });
}
