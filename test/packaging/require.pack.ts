// The packages in CommonJS, as they are installed: Node 20.19 and later requires ES modules that await nothing at their top level.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, test } from 'node:test';
import { project, tarballs } from './tarballs.js';

let directory = '';

before(async () => {
  const { core, fastifyPlugin } = await tarballs();
  directory = await project([core, fastifyPlugin, 'fastify@5']);
});

const programs: [name: string, program: string, printed: string][] = [
  [
    '@baton/core',
    "const { Primary, BatonError } = require('@baton/core'); console.log(Primary.name, BatonError.name);",
    'Primary BatonError',
  ],
  [
    '@baton/core/worker',
    "const { worker } = require('@baton/core/worker'); console.log(worker.isWorker, worker.generation);",
    'false 0',
  ],
  ['@baton/core/register', "console.log(Object.keys(require('@baton/core/register')).length);", '0'],
  [
    '@baton/core/config.schema.json',
    "console.log(require('@baton/core/config.schema.json').type);",
    'object',
  ],
  [
    '@baton/fastify-plugin',
    `
    const app = require('fastify')();
    app.register(require('@baton/fastify-plugin'), { metrics: false });
    app.ready().then(() => console.log(app.baton.isWorker));`,
    'false',
  ],
];

for (const [name, program, printed] of programs) {
  test(`require('${name}'), and Node warns of nothing`, () => {
    const args = ['--input-type=commonjs', '-e', program];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
    assert.equal(stderr, '');
    assert.equal(stdout.trim(), printed);
  });
}
