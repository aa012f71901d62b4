import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './harness.js';

/** What of the package runs, but for the addon. */
const parts = ['package.json', 'bin', 'dist', 'assets'];

/** Of a package, what no program loads, and what is a package of its own. */
const unused = /(^|\/)(node_modules|tests?|esm|esnext)$|\.(map|d\.[cm]?ts|md)$/;

/**
 * Installs Baton in the `node_modules` of a directory, with what it depends on, as copies. Returns the command's file. `addon`: in
 * packages/core, a file or a folder.
 */
export function installBaton(
  directory: string,
  version?: string,
  addon = 'native/build/Release/baton.node',
): string {
  const modules = path.join(directory, 'node_modules');
  const target = path.join(modules, '@baton/core');
  const source = path.join(root, 'packages/core');
  mkdirSync(target, { recursive: true });
  for (const part of [...parts, addon])
    cpSync(path.join(source, part), path.join(target, part), {
      recursive: true,
      filter: (from) => !unused.test(from),
    });
  const file = path.join(target, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { dependencies: Record<string, string> };
  if (version !== undefined) writeFileSync(file, JSON.stringify({ ...manifest, version }));
  for (const name of Object.keys(manifest.dependencies)) installDependency(name, source, modules);
  return path.join(target, 'bin/baton.js');
}

/** Copies a package that `dependent` has to a `node_modules`, with what it depends on; what is there already stays. */
export function installDependency(name: string, dependent: string, modules: string): void {
  const target = path.join(modules, name);
  if (existsSync(target)) return;
  const source = findPackage(name, dependent);
  const isUsed = (file: string): boolean => !unused.test(path.relative(source, file));
  cpSync(source, target, { recursive: true, filter: isUsed });
  const { dependencies = {} } = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(dependencies)) installDependency(dependency, source, modules);
}

/** Where a package is that `dependent` has. */
export function findPackage(name: string, dependent: string): string {
  for (let directory = dependent; ; directory = path.dirname(directory)) {
    const found = path.join(directory, 'node_modules', name);
    if (existsSync(found)) return realpathSync(found);
    if (directory === path.dirname(directory)) throw new Error(`${name} is not installed`);
  }
}
