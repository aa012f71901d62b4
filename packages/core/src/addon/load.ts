import module from 'node:module';
import path from 'node:path';
import { BatonError } from '../errors.js';
import type { Native } from '../native.js';
import { ownDirectory } from '../own-package.js';
import { notFound, notLoaded, switchedOff, type Failure } from './failure.js';
import { describeMachine, isSupported, isSwitchedOff, libc } from './machine.js';

/** Where the addon's sources are, what is built of them, and what comes prebuilt. */
export const native = path.join(ownDirectory, 'native');

/** Imported by another name: bundles often begin with an import of `createRequire`, and a second would be a syntax error. */
const require = module.createRequire(path.resolve(ownDirectory, 'package.json'));
let loaded: Native | undefined;

/** The addon: one that was built here, or a prebuilt one. Throws BATON_ADDON_NOT_LOADED, or BATON_INVALID_OPTION for BATON_ADDON. */
export function loadNative(): Native {
  // Once: its file may be gone later, with the release that it was a part of.
  return (loaded ??= load());
}

/**
 * Why this process does without the addon, as a sentence for people; undefined: it has one. On the machines that Baton is made for, an addon
 * that does not load is a fault, and not to be done without: throws BATON_ADDON_NOT_LOADED. Throws BATON_INVALID_OPTION for BATON_ADDON.
 */
export function addonAbsence(): string | undefined {
  if (isSwitchedOff()) return switchedOff.why;
  try {
    loadNative();
    return undefined;
  } catch (error) {
    if (isSupported) throw error;
    return `Baton has no native addon for ${process.platform} ${process.arch}.`;
  }
}

function load(): Native {
  if (isSwitchedOff()) throw failed(switchedOff);
  const file = find();
  try {
    return require(file) as Native;
  } catch (cause) {
    throw failed(notLoaded(file, native, cause as Error), cause);
  }
}

/** What node-gyp-build reads of the environment, once, as it is loaded. It may be there for what npm builds for another machine. */
const readByFinder = ['LIBC', 'PREBUILDS_ONLY', 'npm_config_arch', 'npm_config_platform'];

function find(): string {
  const given = readByFinder.map((name) => [name, process.env[name]] as const);
  try {
    for (const name of readByFinder) delete process.env[name];
    // It else takes all that is not Alpine for glibc.
    if (process.platform === 'linux') process.env['LIBC'] = libc();
    const { resolve } = require('node-gyp-build') as { resolve: (directory: string) => string };
    return resolve(native);
  } catch (cause) {
    throw failed(notFound(native), cause);
  } finally {
    for (const [name, value] of given) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

function failed({ why, remedy }: Failure, cause?: unknown): BatonError {
  return new BatonError('BATON_ADDON_NOT_LOADED', [describeMachine(), why, remedy], cause);
}
