import type { Command } from 'commander';
import { buildAddon } from '../addon/build.js';
import { native } from '../addon/load.js';
import { logicalDirectory } from '../working-directory.js';
import { BatonCommand } from './baton-command.js';
import { say } from './say.js';

/** `baton build-addon`: for a machine on which no prebuilt addon loads. Needs none itself. */
export function buildAddonCommand(): Command {
  return new BatonCommand('build-addon')
    .description(
      "Compiles the native addon for this machine. Needs node-gyp and node-addon-api in the app's directory, python3, make and a C++17 compiler.",
    )
    .summary('compile the native addon for this machine')
    .action(() => {
      // In CI, warnings of a compiler are errors to those who develop Baton, not to those who use it.
      const env = { ...process.env, CI: undefined };
      const file = buildAddon([native, logicalDirectory()], env, () =>
        say('waiting', 'building the addon; this can take two minutes'),
      );
      console.log(`built ${file}`);
    });
}
