import { addonVariable } from '../addon/machine.js';
import { BatonError } from '../errors.js';
import { readText, type Given, type Layer } from './layer.js';
import { nearest } from './nearest.js';
import { settingKeys, variableOf, type SettingKey } from './settings.js';

/** The configuration file, and where it is looked for; no settings, since no configuration file can name them. */
export const configVariable = 'BATON_CONFIG';
export const cwdVariable = 'BATON_CWD';
/** What has no setting. */
const otherVariables = [configVariable, cwdVariable, addonVariable];

/** What a primary gives its workers. A baton that one of them starts finds these in its environment. */
const internalVariables = new Set(['BATON_CHANNEL_FD', 'BATON_SLOT', 'BATON_GENERATION']);

/**
 * What Kubernetes gives all pods of a namespace in which there is a service whose name is, or begins with, baton:
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const kubernetesVariable =
  /^BATON_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const kubernetesPort = /^BATON_([A-Z0-9_]+_)?PORT$/;

/** Throws BATON_INVALID_OPTION, or BATON_UNKNOWN_SETTING for a variable that is none of ours. An empty one is unset. */
export function readEnvironment(env: Readonly<NodeJS.ProcessEnv>): Layer {
  const keys = new Map(settingKeys.map((key) => [variableOf(key), key]));
  const layer = new Map<SettingKey, Given>();
  for (const [variable, text = ''] of Object.entries(env)) {
    if (!variable.startsWith('BATON_') || text === '') continue;
    const key = keys.get(variable);
    if (key !== undefined) {
      layer.set(key, { value: readText(key, variable, text), source: `env ${variable}` });
    } else if (!otherVariables.includes(variable) && !isOfOthers(variable, text)) {
      throw unknown(variable, [...keys.keys(), ...otherVariables]);
    }
  }
  return layer;
}

/** What ranks below the configuration file: WEB_CONCURRENCY, which platforms set for all apps alike. */
export function readPlatform(env: Readonly<NodeJS.ProcessEnv>): Layer {
  const variable = 'WEB_CONCURRENCY';
  const text = env[variable] ?? '';
  if (text === '') return new Map();
  return new Map([['workers', { value: readText('workers', variable, text), source: `env ${variable}` }]]);
}

function isOfOthers(variable: string, text: string): boolean {
  if (internalVariables.has(variable) || kubernetesVariable.test(variable)) return true;
  return kubernetesPort.test(variable) && /^(tcp|udp|sctp):\/\//.test(text);
}

function unknown(variable: string, known: readonly string[]): BatonError {
  const withoutPrefix = known.map((name) => name.slice('BATON_'.length));
  const near = nearest(variable.slice('BATON_'.length), withoutPrefix);
  const remedy = near === undefined ? `Known: ${known.join(', ')}.` : `Did you mean BATON_${near}?`;
  return new BatonError('BATON_UNKNOWN_SETTING', [variable, 'the environment', remedy]);
}
