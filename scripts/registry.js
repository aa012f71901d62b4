import { spawnSync } from 'node:child_process';

/** Whether npm's registry, the one that npm is set to here, has this version of the package. */
export async function isPublished(name, version) {
  const { stdout } = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' });
  const url = new URL(name.replace('/', '%2f'), stdout.trim());
  const response = await fetch(url);
  if (response.status === 404) return false;
  if (!response.ok) throw new Error(`The registry answers ${response.status} to ${url.href}; try again.`);
  const { versions } = await response.json();
  return Object.hasOwn(versions, version);
}
