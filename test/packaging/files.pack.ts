// What is in the packages, beside what is in the sources.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from '../harness.js';
import { tarballs } from './tarballs.js';

/** The files in a directory of a package, as paths in the package. */
function filesIn(packageDirectory: string, directory: string): string[] {
  const base = path.join(root, packageDirectory);
  return readdirSync(path.join(base, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(base, path.join(entry.parentPath, entry.name)));
}

/** What the compiler makes of the sources of a package: code and types, no more. */
function compiled(packageDirectory: string): string[] {
  return filesIn(packageDirectory, 'src').flatMap((source) => {
    const file = source.replace(/^src/, 'dist').replace(/\.ts$/, '');
    return [`${file}.js`, `${file}.d.ts`];
  });
}

const everywhere = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'];

const targets = ['linux-arm64', 'linux-x64'].flatMap((platform) =>
  ['glibc', 'musl'].map((libc) => `native/prebuilds/${platform}/baton.${libc}.node`),
);

const core = [
  ...everywhere,
  ...compiled('packages/core'),
  ...targets,
  // The status page.
  ...filesIn('packages/core', 'assets'),
  'bin/baton.js',
  'schema/baton.config.schema.json',
  // For `baton build-addon`.
  'native/binding.gyp',
  ...filesIn('packages/core', 'native/src'),
];

const plugin = [...everywhere, ...compiled('packages/fastify-plugin')];

function contents(tarball: string): string[] {
  const listed = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' });
  return listed
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''));
}

function manifest(tarball: string): Record<string, unknown> {
  const text = execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' });
  return JSON.parse(text) as Record<string, unknown>;
}

test('the packages have what runs, what describes it, and nothing else', async () => {
  const packed = await tarballs();
  assert.deepEqual(contents(packed.core).toSorted(), core.toSorted());
  assert.deepEqual(contents(packed.fastifyPlugin).toSorted(), plugin.toSorted());
});

test('installing a package runs nothing, and needs nothing of the workspace', async () => {
  for (const tarball of Object.values(await tarballs())) {
    const { scripts, dependencies, peerDependencies, optionalDependencies } = manifest(tarball);
    assert.equal(scripts, undefined);
    const ranges = JSON.stringify([dependencies, peerDependencies, optionalDependencies]);
    assert.doesNotMatch(ranges, /workspace:|file:|link:/);
  }
});
