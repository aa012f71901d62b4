// Releases that are broken, each in its own way: each is refused for what it is, and the old version serves on.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import type { Primary, PrimaryOptions } from '@baton/core';
import { askWhile } from './client.js';
import { isAlive, startPrimary } from './harness.js';
import { Releases } from './releases.js';

const host = '127.0.0.1';

interface Broken {
  source: string;
  /** What the error says; PORT and OTHER stand for the two ports of the good version. */
  reason: RegExp;
}

const readyTimeoutMs = 3_000;
const probationMs = 400;

const good = 'serve(ports[0]); serve(ports[1]);';
/** Runs `then` when both listen, after so long. */
const goodUntil = (then: string, afterMs = 100): string => `serve(ports[0]);
  serve(ports[1]).on('listening', () => setTimeout(() => { ${then} }, ${afterMs}));`;

const brokenInAnyWay: Record<string, Broken> = {
  'has a syntax error': {
    source: 'serve(ports[0];',
    reason: / ended with code 1 before it was ready\.\n.*SyntaxError: missing \) after argument list/s,
  },
  'lacks a module': {
    source: `require('./nowhere.cjs'); ${good}`,
    reason: / ended with code 1 before it was ready\.\nError: Cannot find module '\.\/nowhere\.cjs'/,
  },
  throws: {
    source: `throw new Error('has no settings'); ${good}`,
    reason: / ended with code 1 before it was ready\.\nError: has no settings\n/,
  },
  'throws what is no error': {
    source: 'throw null;',
    reason: / ended with code 1 before it was ready\.\nnull$/,
  },
  'throws an error of megabytes': {
    // Not into the output of the tests.
    source: `fs.closeSync(2); fs.openSync('/dev/null', 'w');
      throw new Error('huge '.repeat(1_000_000)); ${good}`,
    reason: / ended with code 1 before it was ready\.\nError: huge huge [huge ]{1000,8000}$/,
  },
  'rejects a promise': {
    source: `Promise.reject(new Error('has no database'));`,
    reason: / ended with code 1 before it was ready\.\nError: has no database\n/,
  },
  'throws as it hears that it listens': {
    source: `serve(ports[0]).on('listening', () => { throw new Error('cannot say hello'); });`,
    reason: / ended with code 1 before it was ready\.\nError: cannot say hello\n/,
  },
  'rejects as it hears that it listens': {
    source: `serve(ports[0]).on('listening', async () => { await null; throw new Error('cannot say hello'); });`,
    reason: / ended with code 1 before it was ready\.\nError: cannot say hello\n/,
  },
  'exits with 0': { source: 'process.exit(0);', reason: / ended with code 0 before it was ready\.$/ },
  'exits with 0 between its listeners': {
    source: `serve(ports[0]).on('listening', () => setTimeout(() => process.exit(0), 100));`,
    reason: / ended with code 0 before it listened on every address of the old worker\.$/,
  },
  aborts: { source: 'process.abort();', reason: / ended by SIGABRT before it was ready\.$/ },
  'crashes in its probation': {
    source: goodUntil(`throw new Error('has lost its database');`),
    reason: / ended with code 1 during its probation of 400 ms\.\nError: has lost its database\n/,
  },
  'never listens': {
    source: 'setInterval(() => {}, 1_000);',
    reason: / was not ready within 3000 ms: it does not listen\.$/,
  },
  'blocks before it listens': {
    source: 'for (;;);',
    reason: / was not ready within 3000 ms: its event loop is blocked\.$/,
  },
  'blocks for ever as it listens': {
    source: `serve(ports[0]).on('listening', () => { for (;;); }); serve(ports[1]);`,
    reason: / was not ready within 3000 ms: its event loop is blocked\.$/,
  },
  'listens on other ports': {
    source: 'serve(ports[2]); serve(0);',
    reason:
      / did not listen on 127\.0\.0\.1:PORT, 127\.0\.0\.1:OTHER within 3000 ms, .*--allow-dropped-listeners/,
  },
  'finds its port in use': {
    source: 'serve(Number(process.env.TAKEN));',
    reason:
      / ended with code 1 before it was ready\.\nError: listen EADDRINUSE: address already in use 127\.0\.0\.1:/,
  },
  'listens on all addresses of its port': {
    source: `serve(ports[0], '0.0.0.0'); serve(ports[1]);`,
    reason:
      / before it was ready\.\nIt could not listen on 0\.0\.0\.0:PORT: this app's old version still listens on 127\.0\.0\.1:PORT\. .*\nError: listen EADDRINUSE/,
  },
};

const brokenListening: Record<string, Broken> = {
  'lacks one of its ports': {
    source: 'serve(ports[0]);',
    reason:
      / did not listen on 127\.0\.0\.1:OTHER within 3000 ms, as the old worker does\. .*--allow-dropped-listeners/,
  },
  'blocks for ever after it has listened': {
    source: goodUntil('for (;;);'),
    reason: / is blocked: its event loop has not turned for 3000 ms after its probation of 400 ms\.$/,
  },
  'closes a server in its probation': {
    source: `serve(ports[0]);
      const server = serve(ports[1]).on('listening', () => setTimeout(() => server.close(), 100));`,
    reason:
      / stopped listening on 127\.0\.0\.1:OTHER during its probation of 400 ms\. .*--allow-dropped-listeners/,
  },
  'moves one of its ports': {
    source: 'serve(ports[0]); serve(ports[2]);',
    reason: / did not listen on 127\.0\.0\.1:OTHER within 3000 ms, /,
  },
};

/** Releases each, while clients ask both ports all the time. */
async function refusesAll(
  t: TestContext,
  broken: Record<string, Broken>,
  options: Omit<PrimaryOptions, 'app'>,
): Promise<void> {
  const taken = net.createServer().listen(0, host);
  await once(taken, 'listening');
  t.after(() => taken.close());
  const releases = await Releases.first(t, 3, good);
  const [port = 0, other = 0] = releases.ports;
  const primary = await startPrimary(t, {
    app: releases.file,
    env: { ...releases.env, TAKEN: String((taken.address() as net.AddressInfo).port) },
    workers: 2,
    readyTimeoutMs,
    probationMs,
    ...options,
  });
  const before = primary.snapshot().workers;
  const listeners = primary.addresses;
  for (const [what, { source, reason }] of Object.entries(broken)) {
    await t.test(`a version that ${what}`, async (t) => {
      releases.release(source);
      const pattern = reason.source.replaceAll('PORT', String(port)).replaceAll('OTHER', String(other));
      const pids: number[] = [];
      const onWorker: Parameters<typeof primary.on<'worker'>>[1] = ({ pid, state }) => {
        if (state === 'starting' && pid !== undefined) pids.push(pid);
      };
      primary.on('worker', onWorker);
      const onOther = askWhile(other, 2, async () => {
        const onFirst = await askWhile(port, 2, () => refuses(primary, new RegExp(pattern, reason.flags)));
        checkAnswered(t, onFirst);
      });
      checkAnswered(t, await onOther);
      primary.off('worker', onWorker);
      assert.deepEqual(primary.snapshot().workers, before, 'who served goes on');
      assert.deepEqual(primary.addresses, listeners, 'and listens as before');
      assert.deepEqual([pids.length, pids.filter(isAlive)], [1, []], 'the new worker is gone');
    });
  }
  releases.release(good);
  assert.equal((await primary.reload()).workers, 2, 'and a good version is taken');
}

async function refuses(primary: Primary, reason: RegExp): Promise<void> {
  await assert.rejects(primary.reload(), { code: 'BATON_RELOAD_FAILED', message: reason });
}

function checkAnswered(
  t: TestContext,
  { answered, failed, hung }: Awaited<ReturnType<typeof askWhile>>,
): void {
  t.diagnostic(`${answered} answered`);
  assert.deepEqual([failed, hung], [{}, 0]);
  assert.ok(answered > 0);
}

test('each of these versions is refused, and says why', async (t) => {
  await refusesAll(t, { ...brokenInAnyWay, ...brokenListening }, {});
});

test('handoff of listeners: each of these versions is refused, and says why', async (t) => {
  await refusesAll(t, brokenListening, { handoff: 'listeners' });
});
