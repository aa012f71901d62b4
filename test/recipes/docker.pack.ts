// The page on Docker: its files are right, and its command runs as it says, in what stands here for a container.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { Primary } from '@baton/core';
import { DockerfileParser, type Env, type Instruction, type JSONInstruction } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';
import { fileOf } from '../docs/page.js';
import { app, until } from '../harness.js';
import { Container, withoutContainer } from './container.js';
import { installedApp } from './page-app.js';

const page = 'docs/recipes/docker.md';
const text = fileOf(page, 'Dockerfile');
const options = { skip: withoutContainer };

/** Of the image, not of the stages that it is built from. */
function instructions(keyword: string): Instruction[] {
  const all = DockerfileParser.parse(text).getInstructions();
  const stage = all.slice(all.findLastIndex((instruction) => instruction.getKeyword() === 'FROM'));
  return stage.filter((instruction) => instruction.getKeyword() === keyword);
}

const argumentsOf = (keyword: string): string[] =>
  instructions(keyword).map((instruction) => instruction.getArgumentsContent() ?? '');

/** What an instruction in the form of a list runs. */
function listOf(keyword: string): string[] {
  const [instruction] = instructions(keyword) as JSONInstruction[];
  const list = /\[.*\]/s.exec(instruction?.getArgumentsContent() ?? '')?.[0];
  assert.ok(list !== undefined, `${keyword} is no list: a shell would run it`);
  return JSON.parse(list) as string[];
}

const environment = Object.fromEntries(
  (instructions('ENV') as Env[])
    .flatMap((env) => env.getProperties())
    .map((property) => [property.getName(), property.getValue() ?? '']),
);

function start(t: TestContext): Promise<Container> {
  const image = {
    directory: installedApp(t, page),
    env: { ...environment, BATON_PROBATION: '0' },
    command: listOf('CMD'),
  };
  return Container.start(t, image);
}

test('the Dockerfile has no mistake, and its image runs as nobody that has rights', () => {
  assert.deepEqual(validate(text), []);
  assert.deepEqual(argumentsOf('USER'), ['node']);
});

test('neither packages nor secrets of the machine get into the image', () => {
  const ignored = fileOf(page, '.dockerignore').trim().split('\n');
  assert.deepEqual(
    ['node_modules', '.env', '.env.production'].filter(
      (name) => !ignored.some((glob) => path.matchesGlob(name, glob)),
    ),
    [],
  );
});

test('it runs as the first process, without rights, on a read-only file system', options, async (t) => {
  const container = await start(t);
  await container.healthy(listOf('HEALTHCHECK'));
  assert.match(await container.exec(['cat', '/proc/1/cmdline']), /node_modules\/\.bin\/baton\0app\.js/);
  await assert.rejects(container.exec(['touch', 'file']), /Read-only file system/);
  const ask = (): Promise<string> => container.exec(['curl', '-fsS', 'http://127.0.0.1:3000/']);
  const before = await ask();
  const [baton = ''] = listOf('CMD');
  await container.exec([baton, 'reload']);
  assert.notEqual(await ask(), before);
  const [signal = ''] = argumentsOf('STOPSIGNAL');
  container.signal(signal as NodeJS.Signals);
  assert.equal(await container.exited, 0, container.output);
});

test('its health check fails where the app has not come up', options, async (t) => {
  const container = await Container.start(t, {
    directory: installedApp(t, page),
    env: { ...environment, BATON_MIN_READY: '3' },
    command: [...listOf('CMD'), '--workers', '2'],
  });
  await until(() => /workers +2 /.test(container.output), 'the app is up');
  await assert.rejects(container.exec(listOf('HEALTHCHECK')), { code: 1 });
});

test('Compose gives Baton the time that Baton gives its workers', () => {
  const { services } = parse(fileOf(page, 'compose.yml')) as {
    services: Record<string, Record<string, unknown>>;
  };
  const { stop_grace_period: grace, read_only: isReadOnly, tmpfs } = services['app'] ?? {};
  const { stopTimeoutMs } = new Primary({ app: app('http.cjs') }).options;
  assert.ok(Number(/^(\d+)s$/.exec(String(grace))?.[1]) * 1_000 > stopTimeoutMs, String(grace));
  assert.deepEqual([isReadOnly, tmpfs], [true, ['/tmp']]);
});
