import type { Command } from 'commander';
import { BatonCommand } from './baton-command.js';
import { nameOption, type NameOption } from './control-options.js';
import { jsonText } from './json-text.js';
import { hasColours } from './paint.js';
import type { Connect } from './remote.js';
import { sampleOf } from './sample.js';
import { renderStatus } from './status-view.js';

/** `baton status`: what a primary and its workers do now. */
export function statusCommand(connect: Connect): Command {
  return new BatonCommand('status')
    .description('Shows the state of a running app and its workers.')
    .summary('show the state of an app and its workers')
    .option('--json', 'as JSON, with all details')
    .addOption(nameOption())
    .action(async ({ json, name }: NameOption & { json?: true }) => {
      const status = await connect(name).status();
      if (json) {
        console.log(jsonText(status, 2));
        return;
      }
      const { stdout } = process;
      console.log(
        renderStatus(sampleOf(status), { columns: stdout.columns ?? 80, colours: hasColours(stdout) }),
      );
    });
}
