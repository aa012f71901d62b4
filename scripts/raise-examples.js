// In the workspace at hand, has all examples ask for the version of Baton that the packages have. `changeset version` does so for those
// that are in the workspace.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const { version } = JSON.parse(readFileSync('packages/core/package.json', 'utf8'));
for (const name of readdirSync('examples')) {
  const file = path.join('examples', name, 'package.json');
  if (!existsSync(file)) continue;
  const manifest = readFileSync(file, 'utf8');
  writeFileSync(file, manifest.replaceAll(/("@baton\/[\w-]+": )"[^"]*"/g, `$1"^${version}"`));
}
