// The settings, as docs/cli.md shows them: each with its flag, variable, key of the configuration file, values and default.
import { flagOf, settingKeys, settings, variableOf } from '../../packages/core/dist/config/settings.js';
import { workerOptionNames } from '../../packages/core/dist/primary/release.js';
import { cell, code, sentence, table } from './markdown.js';

/** What stands on the command line by its place has no flag, and no group. */
const appGroup = 'The app';

/** Their groups, in the order and with the names of `--help`. */
export function settingGroups() {
  return [...new Set(settingKeys.map(groupOf))];
}

/** A heading for each group, and one for each of its settings. */
export function describeSettings() {
  return settingGroups()
    .map((group) => {
      const keys = settingKeys.filter((key) => groupOf(key) === group);
      return `### ${group}\n\n${keys.map(describe).join('\n\n')}`;
    })
    .join('\n\n');
}

function groupOf(key) {
  return settings[key].group?.replace(/:$/, '') ?? appGroup;
}

function describe(key) {
  const { help, details, kind, watchDefault } = settings[key];
  return [
    `#### ${code(flagOf(key) ?? key)}`,
    [sentence(help), details ?? ''].join(' ').trim(),
    table(['flag', 'variable', 'key', 'values', 'default'], [rowOf(key)]),
    [
      ...(watchDefault === undefined
        ? []
        : [`With \`--watch\`, the default is ${code(kind.show(watchDefault))}.`]),
      ...(workerOptionNames.includes(key)
        ? ['A change in the configuration file takes effect at a reload.']
        : []),
    ].join(' '),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function rowOf(key) {
  const { flag, offFlag, kind } = settings[key];
  const flags = [flag, offFlag].filter((text) => text !== undefined).map(code);
  return [
    flags.length === 0 ? 'by its place' : flags.join(', '),
    code(variableOf(key)),
    code(key),
    valuesOf(kind),
    defaultOf(key),
  ].map(cell);
}

/** A value that the flag could have stands as such; what is said in words, as it is. */
function defaultOf(key) {
  const { kind, default: fallback } = settings[key];
  if (kind.isList || fallback === 'none') return fallback;
  try {
    return code(kind.show(kind.fromText(key, fallback)));
  } catch {
    return fallback;
  }
}

/** What the schema of the configuration file says of a value. */
function valuesOf({ schema, choices }) {
  if (choices) return choices.map(code).join(', ');
  if (schema.enum)
    return schema.enum
      .filter((name) => !schema.enum.includes(`SIG${name}`))
      .map(code)
      .join(', ');
  if (schema.type === 'boolean') return '`true`, `false`';
  if (schema.type === 'array') return 'words';
  if (schema.type === 'integer') return `${schema.minimum} to ${schema.maximum}`;
  if (schema.type === 'string') return 'text';
  const [first, second] = schema.anyOf;
  if (first.type === 'number') return timeFrom(first.minimum);
  if (second.const !== undefined) return `${first.minimum} to ${first.maximum}, ${code(second.const)}`;
  if (second.pattern?.includes('KMG')) return 'a size';
  return '`port`, `host:port`';
}

function timeFrom(minimum) {
  if (minimum === 0) return 'a time, or 0';
  return minimum === 1 ? 'a time' : `a time, ${minimum} ms at least`;
}
