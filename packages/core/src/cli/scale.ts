import { InvalidArgumentError, type Command } from 'commander';
import { sendCommand } from '../control/client.js';
import { BatonCommand } from './baton-command.js';
import { chosenName, formatSeconds, formatWorkers, nameOption, printEvent } from './control-options.js';
import type { NameOption } from './control-options.js';

type Wanted = { workers: number } | { change: number };

export function scaleCommand(): Command {
  return new BatonCommand('scale')
    .description('Changes the number of workers of a running app.')
    .summary('change the number of workers')
    .usage('[options] <n|+k|-k>')
    .argument('<n|+k|-k>', 'the number of workers, or how many to add or remove', parseWanted)
    .addOption(nameOption())
    .action(async (wanted: Wanted, options: NameOption) => {
      const { workers, durationMs } = await sendCommand(
        await chosenName(options),
        'scale',
        wanted,
        printEvent,
      );
      console.log(`scaled to ${formatWorkers(workers)} in ${formatSeconds(durationMs)}`);
    });
}

function parseWanted(text: string): Wanted {
  if (!/^[+-]?\d+$/.test(text))
    throw new InvalidArgumentError(
      'It must be a number of workers, such as 4, or a change, such as +1 or -1.',
    );
  return /^\d/.test(text) ? { workers: Number(text) } : { change: Number(text) };
}
