import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setImmediate } from 'node:timers/promises';
import type { NativeDispatcher } from '#core/native.js';
import { resolveOptions } from '#core/options.js';
import { releaseOf } from '#core/primary/release.js';
import { WorkerHandle } from '#core/primary/worker-handle.js';
import { lookUp } from '#core/working-directory.js';

/** A dispatcher whose channels are none: the worker says so, and ends. */
function withoutChannels(): NativeDispatcher {
  const fd = openSync('/dev/null', 'r');
  return { addTarget: () => ({ fd, close: () => closeSync(fd) }) } as unknown as NativeDispatcher;
}

test('the end of a worker is known when nothing more comes from it', async () => {
  const options = resolveOptions({ app: fileURLToPath(import.meta.url) });
  const release = releaseOf(options, lookUp(options.cwd), 1);
  const place = {
    id: 1,
    slot: 0,
    generation: 1,
    release,
    isOnProbation: false,
    mayInspect: true,
    adminUrl: undefined,
    prefixOutput: true,
    stopTimeoutMs: options.stopTimeoutMs,
    areMessagesHeard: false,
  };
  const worker = new WorkerHandle(place, withoutChannels());
  let isKnown = false;
  void worker.exited.then(() => (isKnown = true));
  while (existsSync(`/proc/${worker.pid}`)) await setImmediate();
  while (worker.exit === undefined) await setImmediate();
  assert.equal(isKnown, false);
  worker.channelClosed.resolve();
  assert.deepEqual(await worker.exited, { code: 1, signal: null });
});
