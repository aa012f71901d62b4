import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { controlDirectory } from '../control/directory.js';
import { spelled } from '../exec-argv.js';
import { ownDirectory } from '../own-package.js';
import { readElf } from './elf.js';
import { isSupported, libc } from './machine.js';

/** Why there is no addon, and what to do about it, as sentences for people. */
export interface Failure {
  why: string;
  remedy: string;
}

export const switchedOff: Failure = { why: 'BATON_ADDON is set to none.', remedy: 'Unset it.' };

/** By its file: `npx baton` runs somebody else's package where this one is not installed in the working directory. */
const buildAddon = `node ${path.join(ownDirectory, 'bin/baton.js')} build-addon`;

const madeFor = 'Baton runs workers only on Linux, x64 and arm64';

/** Nothing was found in `native`, the directory of the addon. */
export function notFound(native: string): Failure {
  const wanted = ['build/Release/baton.node', path.join('prebuilds', wantedPrebuild())];
  const looked = wanted.map((file) => path.join(native, file));
  const why = `Neither ${looked.join(' nor ')} exists.`;
  if (!isSupported)
    return {
      why,
      remedy: `${madeFor}; elsewhere "baton app.js" runs the app as one plain process.`,
    };
  if (isClone(native)) return { why, remedy: buildClone };
  const there = prebuildsIn(native);
  return {
    why: `${why} The package contains ${there.length === 0 ? 'no prebuilt addons' : `only these prebuilt addons: ${there.join(', ')}`}.`,
    remedy:
      'Files of the package are missing, for example because an image copies only a part of node_modules. Install it again on this ' +
      `machine, e.g. with "npm ci", or build the addon with "${buildAddon}".`,
  };
}

/** The file was found, and node does not load it. */
export function notLoaded(file: string, native: string, { code, message }: NodeJS.ErrnoException): Failure {
  if (code === 'ERR_DLOPEN_DISABLED') return forbidden();
  const why = `${file} does not load: ${whyNot(file) ?? missingVersion(message) ?? asSentence(message)}`;
  if (isClone(native)) return { why, remedy: buildClone };
  if (isInside(path.join(native, 'build'), file))
    return {
      why,
      remedy:
        `It was built by "baton build-addon", probably on another machine: remove ${path.join(native, 'build')} to have ` +
        `the prebuilt addon, or build it here with "${buildAddon}".`,
    };
  return {
    why,
    remedy:
      'If it was made for another machine, install @baton/core again on this one, e.g. with "npm ci". Otherwise build the addon here with ' +
      `"${buildAddon}".`,
  };
}

const buildClone = 'Build it with "pnpm run build"; that needs python3, make and g++.';

/** Node's command line, or NODE_OPTIONS, forbids addons. */
function forbidden(): Failure {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)].map(spelled);
  const permission = options.find((option) => /^--(experimental-)?permission$/.test(option));
  if (options.includes('--no-addons') || permission === undefined)
    return {
      why: "Node's option --no-addons forbids it.",
      remedy: 'Remove it from the command line and from NODE_OPTIONS.',
    };
  return {
    why: `Node's option ${permission} forbids it.`,
    remedy: `Also give node the permissions that Baton needs: ${permissions().join(' ')}.`,
  };
}

/** Under Node's permission model. The last two are for the control socket, and the metrics. */
function permissions(): string[] {
  const net = '--allow-net';
  return [
    '--allow-addons',
    '--allow-child-process',
    "'--allow-fs-read=*'",
    `'--allow-fs-write=${controlDirectory()}/*'`,
    // Before there was the option, nothing forbade it.
    ...(process.allowedNodeEnvironmentFlags.has(net) ? [net] : []),
  ];
}

/** What the file itself says. dlopen(3) says of one for another processor that there is no such file. */
function whyNot(file: string): string | undefined {
  try {
    const elf = readElf(file);
    if (elf === undefined) return 'it is not a Linux library.';
    return elf.arch === process.arch
      ? undefined
      : `it is for ${elf.arch}, but this machine is ${process.arch}.`;
  } catch (error) {
    return asSentence((error as Error).message);
  }
}

function missingVersion(message: string): string | undefined {
  const needed = /version [`'](\w+?)_([\d.]+)' not found/.exec(message);
  return needed === null
    ? undefined
    : `it needs ${needed[1]} ${needed[2]}, but this system has an older version.`;
}

/** `linux-x64/baton.glibc.node` */
function wantedPrebuild(): string {
  const system = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' ? `${system}/baton.${libc()}.node` : system;
}

function prebuildsIn(native: string): string[] {
  const directory = path.join(native, 'prebuilds');
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.node'),
  );
}

/** What is published has no tests. */
function isClone(native: string): boolean {
  return existsSync(path.join(native, 'test'));
}

function isInside(directory: string, file: string): boolean {
  return file.startsWith(directory + path.sep);
}

function asSentence(message: string): string {
  return message.trimEnd().replace(/[^.]$/, '$&.');
}
