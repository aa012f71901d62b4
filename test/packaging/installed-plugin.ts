import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { app, root } from '../harness.js';
import { findPackage, installDependency } from '../installed-baton.js';

const tests = path.join(root, 'test');

/** A directory with an app that has Fastify and the plugin installed, and packages as the test has them beside these. */
export class InstalledPlugin {
  readonly directory: string;
  readonly #modules: string;

  /** `isApart`: the plugin gets only what it depends on, as from a store of pnpm that is not below the app's `node_modules`. */
  constructor(parent: string, isApart = false) {
    this.directory = path.join(parent, 'app');
    this.#modules = path.join(this.directory, 'node_modules');
    const name = '@baton/fastify-plugin';
    const modules = isApart ? this.#apart(name) : this.#modules;
    const source = path.join(root, 'packages/fastify-plugin');
    for (const part of ['package.json', 'dist'])
      cpSync(path.join(source, part), path.join(modules, name, part), { recursive: true });
    installDependency('fastify-plugin', source, modules);
    link(path.join(modules, '@baton/core'), findPackage('@baton/core', tests));
    link(path.join(this.#modules, 'fastify'), findPackage('fastify', tests));
  }

  /** Copies a package, with all that it depends on. `owner`: another package, which is to have it for itself. */
  install(name: string, owner = ''): void {
    const modules = path.join(this.#modules, owner, owner && 'node_modules');
    installDependency(name, tests, modules);
  }

  /** The same for packages of which the first can get the others, and the app only the first. */
  installApart(name: string, ...others: string[]): void {
    const modules = this.#apart(name);
    for (const one of [name, ...others]) installDependency(one, tests, modules);
  }

  /** Copies one of the apps in `test/apps`. Returns its file. */
  installApp(name: string): string {
    const file = path.join(this.directory, name);
    cpSync(app(name), file);
    return file;
  }

  /** Where a package and what it depends on are to be; the app has a link to it. */
  #apart(name: string): string {
    const modules = path.join(this.directory, '../store', name, 'node_modules');
    link(path.join(this.#modules, name), path.join(modules, name));
    return modules;
  }
}

function link(from: string, to: string): void {
  mkdirSync(path.dirname(from), { recursive: true });
  symlinkSync(to, from);
}
