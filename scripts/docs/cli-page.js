// docs/cli.md, from the table of settings and the commands. As a program, it writes the page. Build first.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { createProgram, notes } from '../../packages/core/dist/cli/program.js';
import { cell, code, sentence, table } from './markdown.js';
import { describeSettings, settingGroups } from './settings-section.js';

const file = path.join(import.meta.dirname, '../../docs/cli.md');

/** Where a command is told of at length. */
const pageOf = {
  status: 'control.md',
  top: 'top.md',
  events: 'logs.md',
  reload: 'releases.md',
  scale: 'control.md',
  stop: 'stopping.md',
  config: 'configuration.md',
  'build-addon': 'install.md#building-the-addon',
};

/** The page as it is to be. */
export async function cliPage() {
  const program = createProgram();
  const usage = usageOf(program);
  // Those of settings stand below a heading of their own.
  const own = program.createHelp().visibleOptions(program);
  const groups = settingGroups().map((group) => `[${group}](#${group.toLowerCase().replaceAll(' ', '-')})`);
  const text = `# Command line

<!-- Written by \`pnpm docs:cli\` from the table of settings and the commands. Change those, not this page. -->

${usage}

The first form runs an app. The second asks, or changes, an app that runs. \`baton --help\` and \`baton <command> --help\` show the same in a
terminal.

Contents: [options](#options), [commands](#commands), [settings](#settings) (${groups.join(', ')}), [exit codes](#exit-codes).

## Options

${optionTable(own.filter(({ helpGroupHeading }) => helpGroupHeading === undefined))}

\`BATON_CONFIG\` and \`BATON_CWD\` say the same as \`--config\` and \`--cwd\`. All other options are [settings](#settings).

${notes.map((note) => `- ${sentence(codeIn(note))}`).join('\n')}

## Commands

Every command is for an app that this user runs. Without \`--name\`, it is for the only one of the package in the working directory: see
[control](control.md). \`config\` and \`build-addon\` need no app that runs.

${program.commands.map((command) => describeCommand(command, program)).join('\n\n')}

## Settings

Each setting can be a flag, an environment variable, or a key of the configuration file. A flag wins over a variable, and a variable over the file.
\`baton config\` prints the settings in force, and where each comes from. See [configuration](configuration.md).

In a variable, words have blanks between them, or are a JSON array. A setting that has changed takes effect when \`baton\` is started again, unless
it says here that a reload is enough.

${describeSettings()}

## Exit codes

| code | of | when |
| --- | --- | --- |
| 0 | \`baton app.js\` | the app was stopped: by TERM, INT or \`baton stop\`, also when workers got SIGKILL at the end of \`--stop-timeout\`, or at a second Ctrl-C |
| 0 | a command | it has done what it was asked for; also \`--help\` and \`--version\` |
| 1 | \`baton app.js\` | the app could not start: a wrong command line or configuration, no app, a port in use, every worker ended before it was ready |
| 1 | a command | it has not done it: no such app, a reload that failed, a wrong command line |

With 1, standard error says why, as one of the [errors](errors.md). A command that is interrupted ends by the signal, as any program does; what it
asked for goes on in the primary.

Where the app runs as [one plain process](install.md#elsewhere), \`baton\` ends as the app does: with its exit code, or by the same signal. Where it
cannot end by that signal, as on Windows, the exit code is 128 and the number of the signal.
`;
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}

function usageOf(command) {
  const lines = command.createHelp().commandUsage(command).split('\n');
  return ['```', ...lines.map((line) => line.trim()), '```'].join('\n');
}

function describeCommand(command, program) {
  const help = command.createHelp();
  const more = pageOf[command.name()];
  // config has the app and all flags of running.
  const runs = command.options.some(({ long }) => long === '--workers');
  const isOwn = ({ flags }) => !runs || !program.options.some((option) => option.flags === flags);
  const rows = [
    ...(runs ? [] : help.visibleArguments(command)).map((argument) =>
      optionRow({ ...argument, flags: `<${argument.name()}>` }),
    ),
    ...command.options.filter(isOwn).map(optionRow),
  ];
  return [
    `### ${code(`baton ${command.name()}`)}`,
    usageOf(command),
    `${codeIn(help.commandDescription(command))} See [${more.replace(/\.md.*/, '')}](${more}).`,
    ...(rows.length === 0 ? [] : [table(['option', 'meaning'], rows)]),
  ].join('\n\n');
}

function optionTable(options) {
  return table(['option', 'meaning'], options.map(optionRow));
}

function optionRow({ flags, description }) {
  return [code(flags), sentence(codeIn(description))].map(cell);
}

/** Names of files, flags and command lines in a text of `--help`, as code. */
function codeIn(text) {
  return text
    .replaceAll(/baton (?:\.\/config|--inspect .*app\.js)/g, '`$&`')
    .replaceAll(/(?<![`\w-])--[a-z]+(?:-[a-z]+)*(?![^`]*`)/g, '`$&`');
}

if (process.argv[1] === import.meta.filename) writeFileSync(file, await cliPage());
