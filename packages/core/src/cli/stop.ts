import type { Command } from 'commander';
import { sendCommand } from '../control/client.js';
import { BatonCommand } from './baton-command.js';
import { chosenName, formatSeconds, nameOption, printEvent } from './control-options.js';
import type { NameOption } from './control-options.js';

export function stopCommand(): Command {
  return new BatonCommand('stop')
    .description('Stops a running app, as TERM does, and waits until its primary has ended.')
    .summary('stop a running app')
    .addOption(nameOption())
    .action(async (options: NameOption) => {
      const { pid, durationMs } = await sendCommand(await chosenName(options), 'stop', {}, printEvent);
      console.log(`stopped the primary (pid ${pid}) in ${formatSeconds(durationMs)}`);
    });
}
