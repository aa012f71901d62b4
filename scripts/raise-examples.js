// Has all examples ask for the version of Baton that the clone has. `changeset version` does so for those in the workspace only.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');

/** The package.json of each folder that has one. */
const manifestsIn = (folder) =>
  readdirSync(path.join(root, folder))
    .map((name) => path.join(root, folder, name, 'package.json'))
    .filter((file) => existsSync(file))
    .map((file) => ({ file, manifest: JSON.parse(readFileSync(file, 'utf8')) }));

const versions = new Map(manifestsIn('packages').map(({ manifest }) => [manifest.name, manifest.version]));

for (const { file, manifest } of manifestsIn('examples')) {
  for (const name of Object.keys(manifest.dependencies))
    if (versions.has(name)) manifest.dependencies[name] = `^${versions.get(name)}`;
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
}
