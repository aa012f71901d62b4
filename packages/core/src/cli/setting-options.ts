import { Option } from 'commander';
import type { Flags } from '../config/flags.js';
import { settingKeys, settings, type SettingKey } from '../config/settings.js';
import type { RunCommand } from './run-command.js';

/** Gives a command the app, its arguments, and the flag of every setting. */
export function addSettings(command: RunCommand): RunCommand {
  command
    .argument('[app]', "the app's main file; may be left out if the configuration file names it")
    .argument(
      '[args...]',
      "the app's own arguments; after -- if they begin with a dash, or if the app is left out",
    )
    .option('--config <file>', 'configuration file (default: baton.config.js, .mjs, .cjs, .ts or .json)')
    .option(
      '--cwd <directory>',
      'directory that the app runs in, looked up again at each reload (default: the working directory)',
    );
  for (const option of settingKeys.flatMap(optionsOf)) command.addOption(option);
  return command;
}

/** The settings that were given to a command that has them, as they were given. */
export function givenFlags(command: RunCommand): Flags {
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  const given = settingKeys.flatMap((key) => {
    const [option] = optionsOf(key);
    const name = option?.attributeName();
    return name !== undefined && isGiven(name) ? [[key, command.getOptionValue(name)]] : [];
  });
  const [app, ...operands] = command.args;
  const args = [...operands, ...command.appArguments];
  return {
    ...(Object.fromEntries(given) as Flags),
    ...(app === undefined ? {} : { app }),
    ...(args.length === 0 ? {} : { args }),
    ...(isGiven('config') ? { config: command.getOptionValue('config') as string } : {}),
    ...(isGiven('cwd') ? { cwd: command.getOptionValue('cwd') as string } : {}),
  };
}

/** Values stay text: the environment and the file say the same things, and one place reads them all. */
function optionsOf(key: SettingKey): Option[] {
  const { flag, offFlag, offHelp, group = '' } = settings[key];
  const on = flag === undefined ? [] : [onOption(key, flag)];
  const off = offFlag === undefined ? [] : [new Option(offFlag, offHelp)];
  return [...on, ...off].map((option) => option.helpGroup(group));
}

function onOption(key: SettingKey, flag: string): Option {
  const { help, default: fallback, kind } = settings[key];
  if (kind.choices !== undefined) {
    // What it may be is shown here, and checked where all that is given is.
    return new Option(flag, help).choices(kind.choices).argParser(String).default(fallback);
  }
  const isObvious = fallback === 'none' || fallback === 'false';
  const option = new Option(flag, isObvious ? help : `${help} (default: ${fallback})`);
  return kind.isList ? option.argParser(collect) : option;
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
