// Publishes the tarballs of a folder, in the order of their names. Those whose version the registry has are left out, so that a run that
// broke off can be made again. Needs no installed packages: nothing of theirs runs where the right to publish is.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { isPublished } from './registry.js';

const [folder] = process.argv.slice(2);
if (folder === undefined)
  throw new Error('Say which folder has the tarballs: node scripts/publish.js FOLDER');
const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
if (tarballs.length === 0) throw new Error(`There is no tarball (*.tgz) in ${folder}.`);

function run(program, args, stdio = ['ignore', 'pipe', 'inherit']) {
  const { status, stdout, error } = spawnSync(program, args, { encoding: 'utf8', stdio });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} ended with exit code ${status}`);
  return stdout;
}

for (const tarball of tarballs.toSorted()) {
  const file = path.resolve(folder, tarball);
  const { name, version } = JSON.parse(run('tar', ['-xzOf', file, 'package/package.json']));
  if (await isPublished(name, version)) console.log(`${name}@${version} is there already`);
  // By hand, npm asks for the second factor.
  else run('npm', ['publish', file, '--access', 'public', '--ignore-scripts'], 'inherit');
}
