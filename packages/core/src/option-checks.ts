import { nearest } from './config/nearest.js';
import { BatonError } from './errors.js';

// Each throws BATON_INVALID_OPTION, naming `name`, when the value that was given is not one that it can have.

export function oneOf<T extends string>(name: string, choices: readonly T[], given: T): T {
  if (!choices.includes(given)) throw invalid(name, `one of ${choices.join(', ')}`, given);
  return given;
}

export function strings(name: string, given: readonly string[]): readonly string[] {
  if (!Array.isArray(given) || given.some((item) => typeof item !== 'string')) {
    throw invalid(name, 'an array of strings', given);
  }
  return given;
}

/** setTimeout's limit: a longer time would be taken for 1 ms. */
export const longestTimeoutMs = 2 ** 31 - 1;

export function milliseconds(name: string, given: number, least = 0): number {
  if (!Number.isFinite(given) || given < 0 || given > longestTimeoutMs) {
    throw invalid(name, `a number of milliseconds up to ${longestTimeoutMs}`, given);
  }
  if (given < least) throw invalid(name, `at least ${least} ms`, given);
  return given;
}

export function wholeNumber(name: string, given: number, most = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(given) || given < 1 || given > most) {
    throw invalid(name, `a whole number from 1 to ${most}`, given);
  }
  return given;
}

export function trueOrFalse(name: string, given: boolean): boolean {
  if (typeof given !== 'boolean') throw invalid(name, 'true or false', given);
  return given;
}

export function directoryPath(name: string, given: string): string {
  if (typeof given !== 'string' || given === '') throw invalid(name, 'the path of a directory', given);
  return given;
}

/** A file is named by it, so it has no slash, and is no hidden one. */
export function socketName(name: string, given: string): string {
  if (typeof given !== 'string' || !/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(given)) {
    throw invalid(name, '1 to 64 of the characters A-Z a-z 0-9 . _ -, not beginning with a dot', given);
  }
  return given;
}

export function environment(name: string, given: Readonly<NodeJS.ProcessEnv>): Readonly<NodeJS.ProcessEnv> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid(name, 'an object of environment variables', given);
  return given;
}

/** Throws BATON_UNKNOWN_OPTION for an option that is none of those known. */
export function checkNames(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  const remedy = near === undefined ? `Known: ${known.join(', ')}.` : `Did you mean ${near}?`;
  throw new BatonError('BATON_UNKNOWN_OPTION', [unknown, remedy]);
}

/** Checks what has no default. */
export function ifGiven<T>(given: T | undefined, check: (given: T) => T): T | undefined {
  return given === undefined ? undefined : check(given);
}

export function invalid(name: string, expected: string, given: unknown): BatonError {
  return new BatonError('BATON_INVALID_OPTION', [name, expected, given]);
}
