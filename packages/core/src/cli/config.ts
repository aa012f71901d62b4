import type { Command } from 'commander';
import { readSettings, type Settings } from '../config/load.js';
import { settingKeys, settings, type SettingKey } from '../config/settings.js';
import { resolveOptions } from '../options.js';
import { usableProcessors } from '../processors.js';
import { logicalDirectory } from '../working-directory.js';
import { RunCommand } from './run-command.js';
import { addSettings, givenFlags } from './setting-options.js';

/** `baton config`: what would run, and why so. */
export function configCommand(): Command {
  return addSettings(new RunCommand('config'))
    .description(
      'Prints every setting, and where its value comes from. Takes the same flags as running an app, but starts nothing.',
    )
    .summary('print every setting, and where its value comes from')
    .option('--json', 'as JSON: times in milliseconds, sizes in bytes')
    .action(async (_app, _args, { json }: { json?: true }, command: RunCommand) => {
      const read = await readSettings(givenFlags(command), { env: process.env, cwd: logicalDirectory() });
      const values = effectiveValues(read);
      process.stdout.write(json ? asJson(values, read) : asColumns(values, read));
    });
}

type Values = Readonly<Partial<Record<SettingKey, unknown>>>;

function effectiveValues({ options, command }: Settings): Values {
  const resolved = resolveOptions({ ...options, app: options.app ?? 'none' });
  const { name = resolved.defaultName } = resolved;
  return { ...resolved, app: options.app, name, ...command };
}

/** What a value follows from, where it is not given as such. */
function reasonOf(key: SettingKey, { options }: Settings): string | undefined {
  const isOneAProcessor = key === 'workers' && (options.workers ?? 'max') === 'max';
  return isOneAProcessor ? usableProcessors().because : undefined;
}

function asJson(values: Values, read: Settings): string {
  const entries = settingKeys.map((key) => {
    const because = reasonOf(key, read);
    return [key, { value: values[key] ?? null, from: read.sources[key], ...(because && { because }) }];
  });
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

function asColumns(values: Values, read: Settings): string {
  const rows = settingKeys.map((key) => {
    const because = reasonOf(key, read);
    const source = read.sources[key] + (because === undefined ? '' : `: ${because}`);
    return [key, show(key, values[key]), source] as const;
  });
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
  const widths = [width(0), width(1)] as const;
  return rows
    .map(([key, value, source]) => `${key.padEnd(widths[0])}  ${value.padEnd(widths[1])}  ${source}\n`)
    .join('');
}

/** A setting without a value says what that means. */
function show(key: SettingKey, value: unknown): string {
  const { kind, default: fallback } = settings[key];
  if (value !== undefined) return kind.show(value as never);
  // Only without a control socket is there no name; by default there is one.
  return key === 'name' ? 'none' : fallback;
}
