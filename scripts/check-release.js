// Whether there is something to publish: prints `publish=true` where no changeset is left and the registry lacks the version of a package, and
// lets the workflow know.
// Fails where a package names another repository than the workflow's: npm refuses its provenance.
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isPublished } from './registry.js';

const packages = path.join(import.meta.dirname, '../packages');
const { GITHUB_REPOSITORY: repository, GITHUB_OUTPUT: output } = process.env;
if (!repository)
  throw new Error('GITHUB_REPOSITORY is not set: say which repository publishes, as owner/name.');

const changesets = readdirSync(path.join(import.meta.dirname, '../.changeset'));
const isVersioned = !changesets.some((name) => name.endsWith('.md') && name !== 'README.md');

let publish = false;
for (const folder of readdirSync(packages)) {
  const file = path.join(packages, folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const url = `git+https://github.com/${repository}.git`;
  if (manifest.repository?.url !== url) {
    throw new Error(
      `${path.relative('', file)}: repository.url is ${manifest.repository?.url}, but ${url} publishes.`,
    );
  }
  if (isVersioned && !(await isPublished(manifest.name, manifest.version))) publish = true;
}
console.log(`publish=${publish}`);
if (output) appendFileSync(output, `publish=${publish}\n`);
