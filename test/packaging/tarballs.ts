// The packages as they would be published, and projects that install them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../harness.js';
import { npm, pnpm, runNode } from './tools.js';

export interface Tarballs {
  core: string;
  fastifyPlugin: string;
}

/** A directory under no `node_modules`, which goes when the process ends. */
export function freshDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'baton-packaging-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 20 }));
  return directory;
}

let packed: Promise<Tarballs> | undefined;

/** Packs both packages, once in a process. pnpm does it, as at a release, since npm leaves `workspace:` where it is. */
export function tarballs(): Promise<Tarballs> {
  return (packed ??= packAll(freshDirectory()));
}

async function packAll(directory: string): Promise<Tarballs> {
  const pack = async (name: string): Promise<string> => {
    const args = [pnpm, 'pack', '--json', '--pack-destination', directory];
    const answer = await runNode(args, { cwd: path.join(root, 'packages', name) });
    return (JSON.parse(answer) as { filename: string }).filename;
  };
  return { core: await pack('core'), fastifyPlugin: await pack('fastify-plugin') };
}

/** A fresh directory with files in it, and packages that npm installs there. */
export async function project(
  packages: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const directory = freshDirectory();
  for (const [name, content] of Object.entries({ 'package.json': '{ "private": true }', ...files })) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), content);
  }
  // Under `npm run`, the environment says that another directory is meant.
  const args = [npm, 'install', '--prefix', directory, '--no-audit', '--no-fund', ...packages];
  await runNode(args, { cwd: directory });
  return directory;
}
