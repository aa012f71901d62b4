// docs/recipes/streams.md: its app is the example's, and its WebSockets come back after a release.
import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { WebSocket } from 'ws';
import { blocksOf, fileOf } from '../docs/page.js';
import { portOf, root, startPrimary, temporaryDirectory, until } from '../harness.js';

import { manifestOf } from './example.js';

const page = 'docs/recipes/streams.md';

interface Client {
  connect: (url: string, onMessage: (data: string) => void) => () => void;
}

test('the page shows the app and the start of the example', () => {
  const { start } = manifestOf('events').scripts;
  const commands = blocksOf(page).filter(({ test }) => test === 'streams-page');
  assert.deepEqual(
    commands.map(({ text }) => text.trim()),
    [`npx ${start}`],
  );
  assert.equal(fileOf(page, 'app.js'), readFileSync(path.join(root, 'examples/events/app.js'), 'utf8'));
});

test('WebSockets are closed with 1012 at a reload, and the client of the page opens them again', async (t) => {
  const directory = temporaryDirectory(t);
  symlinkSync(path.join(root, 'test/node_modules'), path.join(directory, 'node_modules'));
  writeFileSync(path.join(directory, 'package.json'), '{ "type": "module" }');
  for (const name of ['chat.js', 'connect.js']) writeFileSync(path.join(directory, name), fileOf(page, name));
  const codes: number[] = [];
  // What a browser has, and tells how it was closed.
  Object.assign(globalThis, {
    WebSocket: class extends WebSocket {
      constructor(url: string) {
        super(url);
        this.on('close', (code) => codes.push(code));
        this.on('error', () => {}); // which a browser does not throw
      }
    },
  });
  const { connect } = (await import(pathToFileURL(path.join(directory, 'connect.js')).href)) as Client;

  let closers: (() => void)[] = [];
  t.after(() => closers.forEach((close) => close()));
  const primary = await startPrimary(t, {
    app: path.join(directory, 'chat.js'),
    workers: 2,
    probationMs: 0,
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1' },
  });
  const count = 12;
  const pids = Array.from({ length: count }, () => 0);
  closers = pids.map((_, index) =>
    connect(`ws://127.0.0.1:${portOf(primary)}`, (data) => (pids[index] = Number(data))),
  );
  const workers = (): number[] => primary.snapshot().workers.map(({ pid }) => pid ?? -1);
  const allIn = (serving: number[]) => (): boolean => pids.every((pid) => serving.includes(pid));
  const before = workers();
  await until(allIn(before), 'all are connected');
  assert.deepEqual(new Set(pids), new Set(before));

  const from = performance.now();
  await primary.reload();
  assert.ok(performance.now() - from < 20_000, 'none had to be cut off');
  await until(allIn(workers()), 'all are connected again', 20_000);
  assert.deepEqual(new Set(codes), new Set([1012]));
});
