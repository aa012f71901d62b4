import fs, { lstatSync, readdirSync, statSync, type PathLike, type Stats } from 'node:fs';

/**
 * Keeps the files of the sockets on which the primary listens where they are. Many apps remove what an earlier process may have left of
 * their path before they listen on it; so one worker would remove what the others serve, and what these are about to chmod. What
 * another process listens on, or nobody at all, is removed as ever.
 */
export function keepPaths(): void {
  for (const name of ['unlink', 'rm']) {
    keep(fs, `${name}Sync`, () => {});
    keep(fs, name, (args) => process.nextTick(args.at(-1) as () => void, null));
    keep(fs.promises, name, () => Promise.resolve());
  }
}

/** `succeed`: what the function does for whoever has called it where it leaves the file as it is. */
function keep(holder: object, name: string, succeed: (args: unknown[]) => unknown): void {
  // A proxy has the name, the length and the text of what is behind it.
  const remove: object = Reflect.get(holder, name);
  const apply = (target: () => unknown, self: unknown, args: unknown[]): unknown =>
    isPrimarys(args[0] as PathLike) ? succeed(args) : Reflect.apply(target, self, args);
  Reflect.set(holder, name, new Proxy(remove, { apply }));
}

function isPrimarys(path: PathLike): boolean {
  try {
    let file = lstatSync(path);
    while (file.isSocket()) {
      if (isHeldByPrimary(file)) return true;
      // Another worker may have removed it meanwhile, and listen there by now.
      const now = lstatSync(path);
      if (isSame(file, now) && now.ctimeMs === file.ctimeMs) return false;
      file = now;
    }
    return false;
  } catch {
    return false; // there is none, or nobody may look
  }
}

/** It holds a descriptor of each such file, whatever path it has now (proc(5)). */
function isHeldByPrimary(file: Stats): boolean {
  const directory = `/proc/${process.ppid}/fd`;
  return readdirSync(directory).some((descriptor) => {
    const held = statSync(`${directory}/${descriptor}`, { throwIfNoEntry: false });
    return held !== undefined && isSame(held, file);
  });
}

function isSame(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}
