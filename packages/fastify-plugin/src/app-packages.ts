import { realpathSync, statSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';

/** Under another name than Node's, or bundlers take what is resolved by it for theirs. */
const requireFor = module.createRequire;

/** Of Node's CommonJS, what does not depend on where it is asked. */
const { main, cache } = requireFor(process.execPath);

/** CommonJS modules that the process has loaded, whether by `require()` or by `import`, by their files. */
export const loadedModules: Readonly<NodeJS.Dict<NodeJS.Module>> = cache;

/** The file that a package of the app begins with; undefined where the app has none of that name. */
export function resolveForApp(name: string): string | undefined {
  // The directory is where the app is whose main file is another's, such as that of fastify-cli.
  const places = [mainFile(), path.join(process.cwd(), '/')];
  for (const place of places) {
    const file = place && resolveFrom(place, name);
    if (file) return file;
  }
  return undefined;
}

/** `place`: a file, or its URL, or a directory with a slash at its end; undefined gives undefined. */
export function resolveFrom(place: string | undefined, name: string): string | undefined {
  try {
    return place && requireFor(place).resolve(name);
  } catch {
    return undefined; // not installed
  }
}

/** As Node has it: without links, and with a slash where it is a directory. */
function mainFile(): string | undefined {
  const given = main?.filename ?? process.argv[1];
  if (given === undefined) return undefined;
  try {
    const real = realpathSync(given);
    return statSync(real).isDirectory() ? path.join(real, '/') : real;
  } catch {
    return path.resolve(given); // `node app` for app.js, or an argument of `node --eval`
  }
}
