// The packages as users get them: from a registry, by each package manager, on a machine with nothing to compile with.
import { test } from 'node:test';
import { installAndServe } from './installed-project.js';
import { pnpm, yarnBerry, yarnClassic } from './package-managers.js';
import { startRegistry } from './registry.js';

test('from a registry, without a compiler', async (t) => {
  const registry = await startRegistry(t);
  for (const manager of [pnpm, yarnClassic, yarnBerry]) {
    await t.test(`${manager.name}: an app is installed, runs, and is reloaded`, (t) =>
      installAndServe(t, registry, manager, []),
    );

    await t.test(`${manager.name}, without scripts: an app is installed, runs, and is reloaded`, (t) =>
      installAndServe(t, registry, manager, [manager.ignoreScripts]),
    );
  }
});
