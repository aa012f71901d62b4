import { npm as npmProgram, pnpm as pnpmProgram, tool } from './tools.js';

/** What people install Baton with. */
export interface PackageManager {
  name: string;
  /** Program and arguments, for node to run, that add packages to a project. */
  add: readonly string[];
  /** What has it run no script of a package. */
  ignoreScripts: string;
  /** Program and arguments that run an installed command. */
  run: readonly string[];
  /** The files that make it use a registry. */
  configuration: (registry: string) => Record<string, string>;
}

const npmrc = (registry: string): Record<string, string> => ({ '.npmrc': `registry=${registry}\n` });

const yarnProgram = tool('yarn/bin/yarn.js');
const berryProgram = tool('yarn-berry/bin/yarn.js');

export const npm: PackageManager = {
  name: 'npm',
  add: [npmProgram, 'install'],
  ignoreScripts: '--ignore-scripts',
  run: [tool('npm/bin/npx-cli.js')],
  configuration: npmrc,
};

export const pnpm: PackageManager = {
  name: 'pnpm',
  add: [pnpmProgram, 'add'],
  ignoreScripts: '--ignore-scripts',
  run: [pnpmProgram, 'exec'],
  configuration: npmrc,
};

export const yarnClassic: PackageManager = {
  name: 'yarn 1',
  // To it, an engine that a dependency of fastify asks for is an error, and to the others a warning.
  add: [yarnProgram, 'add', '--ignore-engines'],
  ignoreScripts: '--ignore-scripts',
  run: [yarnProgram, '--silent'],
  configuration: (registry) => ({ '.yarnrc': `registry "${registry}"\n` }),
};

export const yarnBerry: PackageManager = {
  name: "yarn 4, with Plug'n'Play",
  add: [berryProgram, 'add'],
  ignoreScripts: '--mode=skip-build',
  run: [berryProgram],
  configuration: (registry) => ({
    // An empty one makes the directory a project of its own.
    'yarn.lock': '',
    '.yarnrc.yml': [
      `npmRegistryServer: ${registry}`,
      'unsafeHttpWhitelist: [127.0.0.1]',
      // What was published a moment ago is held back for a day.
      'npmMinimalAgeGate: 0',
      'enableTelemetry: false',
      '',
    ].join('\n'),
  }),
};
