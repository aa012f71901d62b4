import { addonAbsence } from '../addon/load.js';
import { BatonError } from '../errors.js';
import { version } from '../version.js';
import { buildAddonCommand } from './build-addon.js';
import { configCommand } from './config.js';
import { eventsCommand } from './events.js';
import { reloadCommand } from './reload.js';
import { remotePrimary } from './remote-primary.js';
import { run } from './run.js';
import { RunCommand } from './run-command.js';
import { setLogFormat } from './say.js';
import { scaleCommand } from './scale.js';
import { addSettings } from './setting-options.js';
import { statusCommand } from './status.js';
import { stopCommand } from './stop.js';
import { topCommand } from './top.js';

/** What `--help` says below the options. */
export const notes = [
  'Times are in milliseconds, or with a unit: 500ms, 10s, 30m, 12h. Sizes are in bytes, or with a unit: 512M, 2G.',
  'An app with the name of a command: baton ./config',
  'Node options before the app apply to the workers: baton --inspect --max-old-space-size=4096 app.js',
  'Signals: TERM and INT stop the workers within --stop-timeout; in a terminal, a second one ends them at once. HUP reloads.',
  'TTIN adds a worker, TTOU removes one.',
];

/** The command line of `baton`: how to run an app, and the commands, one file each. */
export function createProgram(): RunCommand {
  // These ask a running primary.
  const asking = [
    statusCommand(remotePrimary),
    topCommand(remotePrimary),
    eventsCommand(),
    reloadCommand(),
    scaleCommand(),
    stopCommand(),
  ];
  const program = addSettings(new RunCommand('baton'));
  program
    .description('Runs a Node HTTP app in several worker processes and hands them its connections.')
    .usage('[options] app.js [-- args]\n       baton <command> [options]')
    .version(version, '-v, --version', "print Baton's version")
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', ['', ...notes].join('\n'))
    // What stands behind the name of a command is its own: several have flags of the same name.
    .enablePositionalOptions()
    .hook('preSubcommand', (program, command) => {
      // These are for people, whatever the log of a primary is for.
      setLogFormat('text');
      const misplaced = program.options.find(
        (option) => program.getOptionValueSource(option.attributeName()) === 'cli',
      );
      if (misplaced === undefined) return;
      (program as RunCommand).misplaced(misplaced.long ?? misplaced.flags, command.name());
    })
    .hook('preAction', (_program, command) => {
      const absence = asking.includes(command) ? addonAbsence() : undefined;
      if (absence !== undefined) throw new BatonError('BATON_PLAIN_PROCESS', [command.name(), absence]);
    })
    .exitOverride()
    .action((_app, _args, _flags, command: RunCommand) => run(command));
  for (const command of [...asking, configCommand(), buildAddonCommand()])
    program.addCommand(command.copyInheritedSettings(program));
  return program;
}
