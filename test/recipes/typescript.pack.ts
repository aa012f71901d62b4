// docs/recipes/typescript.md: the page's app, compiled, by tsx, and by this Node where it can.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { httpRequest } from '../client.js';
import { fileOf } from '../docs/page.js';
import { startCommand, until, type Command } from '../harness.js';
import { install } from './installed.js';
import { allAreTaken, batonArguments, commandOf } from './shown.js';

const page = 'docs/recipes/typescript.md';

let cwd = '';
before(async () => {
  cwd = await install(page, [/^npm i -D typescript/, /^npm i tsx$/]);
});

async function compile(): Promise<void> {
  const [, tsc = '', ...args] = commandOf(page, /^npx tsc$/);
  await promisify(execFile)(process.execPath, [path.join(cwd, 'node_modules/.bin', tsc), ...args], { cwd });
}

function start(t: TestContext, args: readonly string[]): Command {
  return startCommand(t, ['-w', '1', '--no-metrics', ...args], { cwd, env: { PORT: '0' } });
}

async function urlOf(command: Command): Promise<string> {
  const [, host = ''] = await command.seen(/listening +(\S+)\n[^]*stop it with/);
  return `http://${host}/`;
}

/** It answers, and what it throws has the place in server.ts. */
async function servesWithTraces(command: Command): Promise<void> {
  const url = await urlOf(command);
  assert.deepEqual(JSON.parse((await httpRequest(url)).text), { hello: 'world' });
  await assert.rejects(httpRequest(`${url}throw`));
  const [, line] = await command.seen(/Error: thrown on purpose\n +at .*server\.ts:(\d+):/);
  const source = fileOf(page, 'server.ts').split('\n');
  assert.match(source[Number(line) - 1] ?? '', /thrown on purpose/);
}

test('compiled, with source maps', async (t) => {
  await compile();
  await servesWithTraces(start(t, batonArguments(page, /^npx baton --enable-source-maps/)));
});

test('by tsx', async (t) => {
  await servesWithTraces(start(t, batonArguments(page, /^npx baton --import tsx/)));
});

test('by Node itself, or its error', async (t) => {
  const command = start(t, batonArguments(page, /^npx baton server\.ts$/));
  if ((process.features as { typescript?: unknown }).typescript) return servesWithTraces(command);
  assert.equal((await command.exited).code, 1);
  assert.match(command.stderr, /ERR_UNKNOWN_FILE_EXTENSION/);
});

const greets = (url: string, hello: string) => async (): Promise<boolean> =>
  (JSON.parse((await httpRequest(url)).text) as { hello: string }).hello === hello;

test('--watch: a change of the source is served, and one that does not start is not', async (t) => {
  const command = start(t, batonArguments(page, /^npx baton --watch .*tsx/));
  const url = await urlOf(command);
  const source = path.join(cwd, 'server.ts');
  const text = readFileSync(source, 'utf8');
  t.after(() => writeFileSync(source, text));
  writeFileSync(source, text.replace("'world'", "'people'"));
  await until(greets(url, 'people'), 'the new source is served');
  writeFileSync(source, `${text}\nthrow new Error('it does not start');\n`);
  await command.seen(/Error: it does not start[^]*The reload failed/);
  assert.ok(await greets(url, 'people')());
});

test('--watch of what a compiler writes', async (t) => {
  await compile();
  const command = start(t, batonArguments(page, /^npx baton --watch --watch-path/));
  const url = await urlOf(command);
  const source = path.join(cwd, 'server.ts');
  const text = readFileSync(source, 'utf8');
  t.after(() => writeFileSync(source, text));
  writeFileSync(source, text.replace("'world'", "'people'"));
  await compile();
  await until(greets(url, 'people'), 'what was compiled anew is served');
});

allAreTaken(page, 'typescript');
