import { project, tarballs } from '../packaging/tarballs.js';
import { commandOf, writeFilesOf } from './shown.js';

/** The versions that the pages were tried with. */
const versions: Readonly<Record<string, string>> = {
  '@types/node': '^20.19.0',
  dotenv: '^18.0.10',
  fastify: '^5.12.8',
  'fastify-cli': '^8.0.2',
  pino: '^10.4.0',
  pm2: '^7.0.4',
  throng: '^5.0.0',
  tsx: '^4.23.15',
  typescript: '^7.0.2',
};

/** A directory with a page's files, in which npm has installed what the page's commands do, and `others`. Returns it. */
export async function install(
  page: string,
  commands: readonly RegExp[],
  others: readonly string[] = [],
): Promise<string> {
  const shown = commands.flatMap((command) => commandOf(page, command).slice(2));
  const names = [...shown.filter((word) => !word.startsWith('-')), ...others];
  const directory = await project((await Promise.all(names.map(sourcesOf))).flat());
  writeFilesOf(page, directory);
  return directory;
}

/** What npm is told to install for a package. The command `baton` is that of this clone. */
async function sourcesOf(name: string): Promise<string[]> {
  if (name === '@baton/core') return [];
  if (name === '@baton/fastify-plugin') {
    const { core, fastifyPlugin } = await tarballs();
    return [core, fastifyPlugin];
  }
  const version = versions[name];
  if (version === undefined) throw new Error(`versions in installed.ts have no ${name}`);
  return [`${name}@${version}`];
}
