import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { root, temporaryDirectory } from '../harness.js';
import { runNode, tool } from './tools.js';

/** The packages as they are published. The test's end removes them. */
export interface Tarballs {
  core: string;
  plugin: string;
}

export async function packTarballs(t: TestContext): Promise<Tarballs> {
  return { core: await pack(t, 'packages/core'), plugin: await pack(t, 'packages/fastify-plugin') };
}

async function pack(t: TestContext, directory: string): Promise<string> {
  const target = temporaryDirectory(t);
  await runNode([tool('pnpm/bin/pnpm.mjs'), 'pack', '--pack-destination', target], {
    cwd: path.join(root, directory),
  });
  const [file = ''] = readdirSync(target);
  return path.join(target, file);
}
