import {
  invalid,
  longestTimeoutMs,
  milliseconds,
  oneOf,
  socketName,
  trueOrFalse,
  wholeNumber,
} from '../option-checks.js';
import {
  checkMetrics,
  checkWorkers,
  defaultMetricsPort,
  mostWorkers,
  parseWorkers,
  stopSignals,
  type MetricsAddress,
  type StopSignal,
} from '../options.js';
import { showSize, showTime, sizePattern, sizeText, timePattern, timeText, toBytes, toMs } from './units.js';

/** What a kind of setting can be, as JSON Schema has it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A kind of value: how it is read, checked and shown. What cannot be read throws BATON_INVALID_OPTION, naming `name`. */
export interface Kind<Value> {
  /** Reads what a flag or an environment variable says. */
  fromText(name: string, text: string): Value;
  /** Reads what a flag that was repeated says. Default: each text is one item. */
  fromTexts?(name: string, texts: readonly string[]): Value;
  /** Checks what the configuration file has: an option as in code, or the form that people write. */
  fromValue(name: string, given: unknown): Value;
  show(value: Value): string;
  readonly schema: JsonSchema;
  /** Whether its flag may be repeated. */
  readonly isList?: true;
  readonly choices?: readonly string[];
  /** For what is relative to the file that it stands in: the same, seen from anywhere. */
  from?(directory: string, value: Value): Value;
}

/** Milliseconds, or `10s` and the like. */
export function time(least = 0): Kind<number> {
  const fromText = (name: string, text: string): number =>
    milliseconds(name, toMs(text) ?? fail(name, timeText, text), least);
  return {
    fromText,
    fromValue: (name, given) =>
      typeof given === 'string' ? fromText(name, given) : milliseconds(name, given as number, least),
    show: showTime,
    schema: {
      anyOf: [
        { type: 'number', minimum: least, maximum: longestTimeoutMs },
        { type: 'string', pattern: least > 0 ? timePattern.aboveZero : timePattern.any },
      ],
    },
  };
}

/** Bytes, or `512M` and the like. */
export const size: Kind<number> = {
  fromText: (name, text) => wholeNumber(name, toBytes(text) ?? fail(name, sizeText, text)),
  fromValue: (name, given) =>
    typeof given === 'string' ? size.fromText(name, given) : wholeNumber(name, given as number),
  show: showSize,
  schema: {
    anyOf: [
      { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
      { type: 'string', pattern: sizePattern },
    ],
  },
};

export function count(most: number): Kind<number> {
  return {
    fromText: (name, text) =>
      /^\d+$/.test(text)
        ? wholeNumber(name, Number(text), most)
        : fail(name, `a whole number from 1 to ${most}`, text),
    fromValue: (name, given) => wholeNumber(name, given as number, most),
    show: String,
    schema: { type: 'integer', minimum: 1, maximum: most },
  };
}

export const workers: Kind<number | 'max'> = {
  fromText: parseWorkers,
  fromValue: (name, given) => (given === 'max' ? given : checkWorkers(name, given as number, given)),
  show: String,
  schema: { anyOf: [{ type: 'integer', minimum: 1, maximum: mostWorkers }, { const: 'max' }] },
};

export function choice<T extends string>(
  choices: readonly T[],
): Kind<T> & { readonly choices: readonly T[] } {
  return {
    choices,
    fromText: (name, text) => oneOf(name, choices, text as T),
    fromValue: (name, given) => oneOf(name, choices, given as T),
    show: String,
    schema: { enum: choices },
  };
}

const signalText = `one of ${stopSignals.join(', ')}, with or without SIG`;

/** A signal that tells an app to end. */
export const stopSignal: Kind<StopSignal> = {
  fromText: (name, text) => stopSignal.fromValue(name, text.toUpperCase()),
  fromValue(name, given) {
    const signal = stopSignals.find((known) => known === given || known === `SIG${String(given)}`);
    return signal ?? fail(name, signalText, given);
  },
  show: String,
  schema: { enum: stopSignals.flatMap((signal) => [signal, signal.slice('SIG'.length)]) },
};

export const flag: Kind<boolean> = {
  fromText: (name, text) => {
    if (text === 'true' || text === '1') return true;
    return text === 'false' || text === '0' ? false : fail(name, 'true, false, 1 or 0', text);
  },
  fromValue: (name, given) => trueOrFalse(name, given as boolean),
  show: String,
  schema: { type: 'boolean' },
};

export const name: Kind<string> = {
  fromText: socketName,
  fromValue: (name, given) => socketName(name, given as string),
  show: String,
  schema: { type: 'string', pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$' },
};

const metricsText = 'a port, or host:port, e.g. 22866 or 0.0.0.0:22866, or off';

export const metrics: Kind<MetricsAddress | false> = {
  fromText(name, text) {
    if (text === 'off' || text === 'false') return false;
    const [, host, port] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
    if (port === undefined || Number(port) > 65_535) return fail(name, metricsText, text);
    return { port: Number(port), ...(host === undefined ? {} : { host: host.replace(/^\[(.*)\]$/, '$1') }) };
  },
  fromValue(name, given) {
    if (typeof given === 'string') return metrics.fromText(name, given);
    const address = given as MetricsAddress | false;
    checkMetrics(name, address);
    // As it was given: a port that was not given may be another.
    return address;
  },
  show(value) {
    if (value === false) return 'off';
    const { host = '127.0.0.1', port = defaultMetricsPort } = value;
    return `${host.includes(':') ? `[${host}]` : host}:${port}`;
  },
  schema: {
    anyOf: [
      { const: false },
      { type: 'string', pattern: '^(off|false|(.+:)?\\d{1,5})$' },
      {
        type: 'object',
        additionalProperties: false,
        properties: {
          host: { type: 'string', minLength: 1 },
          port: { type: 'integer', minimum: 0, maximum: 65_535 },
        },
      },
    ],
  },
};

export function fail(name: string, expected: string, given: unknown): never {
  throw invalid(name, expected, given);
}
