// The packages as users of npm get them. Of the tests of packages, this is what runs on each Node.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installAndServe, Project } from './installed-project.js';
import { npm } from './package-managers.js';
import { startRegistry } from './registry.js';

const plain = `
  const server = require('node:http').createServer((_, response) => response.end(JSON.stringify({ pid: process.pid })));
  server.listen(0, '127.0.0.1');
`;

test('npm, without a compiler', async (t) => {
  const registry = await startRegistry(t);

  await t.test('an app is installed, runs, and is reloaded', (t) => installAndServe(t, registry, npm, []));

  await t.test('without scripts: an app is installed, runs, and is reloaded', (t) =>
    installAndServe(t, registry, npm, [npm.ignoreScripts]),
  );

  await t.test('npx runs an app where nothing is installed', async (t) => {
    const project = new Project(t, { 'app.cjs': plain, ...npm.configuration(registry) });
    const { answers } = await project.serve([...npm.run, '--yes', '@baton/core'], 'app.cjs');
    assert.equal(answers.length, 2);
  });
});
