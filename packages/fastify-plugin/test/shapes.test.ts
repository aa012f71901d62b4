// However it is imported, it is the one plugin: a function that Fastify takes, once.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as esm from './shapes/esm.mjs';

const cjs = createRequire(import.meta.url)(
  './shapes/cjs/plugin.cjs',
) as typeof import('./shapes/cjs/plugin.cjs');

test('an ES module and CommonJS get the same function, in each shape', () => {
  const shapes = new Set<unknown>([...esm.shapes, ...cjs.shapes]);
  assert.deepEqual(
    [...shapes].map((shape) => typeof shape),
    ['function'],
  );
});

for (const [name, { use }] of Object.entries({ esm, cjs })) {
  test(`${name}: it works`, async () => assert.equal((await use()).isWorker, false));
}
