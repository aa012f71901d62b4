import { BatonError } from '../errors.js';
import { isSameDirectory } from '../working-directory.js';
import { controlDirectory } from './directory.js';
import { describePrimaries, livePrimaries } from './live-primaries.js';

/**
 * The name of the only primary that runs in a package directory: one that was started by that path, or by one that leads there now.
 * `command`: what to say with `--name` behind it, where several run. Throws BATON_NO_PRIMARY, BATON_SEVERAL_PRIMARIES or
 * BATON_CONTROL_UNTRUSTED.
 */
export async function onlyPrimary(packageDirectory: string, command: string): Promise<string> {
  const all = await livePrimaries(controlDirectory());
  const here = all.filter(({ holder }) => holder && isSameDirectory(holder.directory, packageDirectory));
  const [only] = here;
  if (only === undefined)
    throw new BatonError('BATON_NO_PRIMARY', [`runs in ${packageDirectory}`, describePrimaries(all)]);
  if (here.length === 1) return only.name;
  const width = Math.max(...here.map(({ name }) => name.length));
  const choices = here.map(
    ({ name, holder }) => `${command} --name ${name.padEnd(width)}   # ${holder?.app}, pid ${holder?.pid}`,
  );
  throw new BatonError('BATON_SEVERAL_PRIMARIES', [packageDirectory, choices]);
}
