import { BatonError } from '../errors.js';
import { readElf } from './elf.js';

/** Set to `none`, it has Baton do as on a machine that it has no addon for. */
export const addonVariable = 'BATON_ADDON';

/** What Baton has started has a primary with an addon. Its own node may have the variable from an environment file that the primary's does not read. */
const isStartedByBaton = 'BATON_CHANNEL_FD' in process.env;

/** Throws BATON_INVALID_OPTION. */
export function isSwitchedOff(): boolean {
  if (isStartedByBaton) return false;
  const given = process.env[addonVariable] ?? '';
  if (given !== '' && given !== 'none')
    throw new BatonError('BATON_INVALID_OPTION', [addonVariable, 'none, or empty', given]);
  return given === 'none';
}

/** Whether this is one of the machines that Baton is made for. */
export const isSupported = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);

/**
 * The C library of this process, by the loader that its program file asks for. A report tells it too, but takes up to 75 ms, which each worker
 * would spend.
 */
export function libc(): 'glibc' | 'musl' {
  let interpreter: string | undefined;
  try {
    interpreter = readElf('/proc/self/exe')?.interpreter;
  } catch {
    // Under the permission model that file may not be read.
  }
  if (interpreter !== undefined) return interpreter.includes('ld-musl-') ? 'musl' : 'glibc';
  return glibcVersion() === undefined ? 'musl' : 'glibc';
}

/** `linux x64, glibc 2.36, Node v24.1.0` */
export function describeMachine(): string {
  const system = `${process.platform} ${process.arch}`;
  return [system, ...describeLibc(), `Node ${process.version}`].join(', ');
}

function describeLibc(): string[] {
  if (process.platform !== 'linux') return [];
  return [libc() === 'musl' ? 'musl' : `glibc ${glibcVersion() ?? ''}`.trim()];
}

function glibcVersion(): string | undefined {
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return report.header.glibcVersionRuntime;
}
