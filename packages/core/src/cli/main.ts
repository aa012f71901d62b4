// First, since it looks what this process was started with, before anything else is opened.
import '../primary/inherited-sockets.js';
import { CommanderError } from 'commander';
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
import { likelyLogFormat } from './log-format.js';
import { isForPrograms, say, sayError, setLogFormat } from './say.js';
import { scaleCommand } from './scale.js';
import { addSettings } from './setting-options.js';
import { statusCommand } from './status.js';
import { stopCommand } from './stop.js';
import { topCommand } from './top.js';

/** One file a command. These ask a running primary. */
const asking = [
  statusCommand(remotePrimary),
  topCommand(remotePrimary),
  eventsCommand(),
  reloadCommand(),
  scaleCommand(),
  stopCommand(),
];
const commands = [...asking, configCommand(), buildAddonCommand()];

const program = addSettings(new RunCommand('baton'))
  .description('Runs a Node HTTP app in several worker processes and hands them its connections.')
  .usage('[options] app.js [-- args]\n       baton <command> [options]')
  .version(version, '-v, --version')
  .helpCommand('help [command]', 'show how a command is used')
  .addHelpText(
    'after',
    [
      '',
      'Times are in milliseconds, or with a unit: 500ms, 10s, 30m, 12h. Sizes are in bytes, or with one: 512M, 2G.',
      'An app that is called like a command: baton ./config',
      'Options of node before the app are for the workers: baton --inspect --max-old-space-size=4096 app.js',
      'Signals: TERM and INT stop the workers, within --stop-timeout; at a terminal a second one ends them at once. HUP reloads.',
      'TTIN and TTOU start one worker more and end one.',
    ].join('\n'),
  )
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

// Whoever read what is written here may be gone, and so may a terminal: that is no reason to end what goes on, nor to tell anybody.
process.stderr.on('error', () => {});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || process.stdout.isTTY) return;
  say('error', `standard output cannot be written: ${error.message}. Write it elsewhere.`, {
    code: error.code,
  });
  process.exitCode = 1;
});

for (const command of commands) program.addCommand(command.copyInheritedSettings(program));

setLogFormat(likelyLogFormat(process.argv.slice(2), process.env));
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else if (error instanceof BatonError || isForPrograms()) {
    sayError(error);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
