// Runs the tests and ends with a line `N passed, N failed`. With --long, the runs that take minutes instead; with --packages, those of
// what is published; with --smoke, only those that tell most about a Node; with --no-native, all but the native core's.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { run as runTests } from 'node:test';
import { spec } from 'node:test/reporters';

const root = path.join(import.meta.dirname, '..');
const long = process.argv.includes('--long');
const packages = process.argv.includes('--packages');
const smoke = process.argv.includes('--smoke');
const native = !long && !packages && !smoke && !process.argv.includes('--no-native');
let passed = 0;
let failed = 0;

/** Runs a program that has to succeed. */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} has failed; see above.`);
}

/** Runs the native core's tests; `options` are make's. */
function testNative(...options) {
  const args = ['-C', path.join(root, 'packages/core/native'), '-s', '-j2', 'test', ...options];
  const make = spawnSync('make', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  process.stdout.write(make.stdout);
  const summary = /^(\d+) tests, (\d+) failed$/m.exec(make.stdout);
  const failures = summary ? Number(summary[2]) : 0;
  // Nothing to read means that the tests did not even run; a failure besides, that too many were skipped.
  failed += failures === 0 && make.status !== 0 ? 1 : failures;
  passed += summary ? Number(summary[1]) - failures : 0;
}

const built = ['packages/core/build/test', 'packages/fastify-plugin/build/test', 'test/dist'];
const folders = built.map((folder) => path.join(root, folder));
const kinds = long ? ['long'] : packages ? ['pack'] : smoke ? ['test', 'pack'] : ['test'];
const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => kinds.some((kind) => name.endsWith(`.${kind}.js`)))
    .map((name) => path.join(folder, name))
    .toSorted(),
);

/** What a Node that changes its internals would break first: the main job, reloads, give-back under load; and the installed package. */
const smokeTests = new Set(['apps', 'dispatch', 'give-back', 'give-back-under-load', 'npm', 'reload']);

const nameOf = (file) => path.basename(file).replace(/\.\w+\.js$/, '');
const lost = [...smokeTests].find((name) => smoke && !files.some((file) => nameOf(file) === name));
if (lost !== undefined) throw new Error(`There is no test ${lost}: has it another name now?`);

const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const eligible = files.filter((file) => !smoke || smokeTests.has(nameOf(file)));
const unknown = only.find((name) => !eligible.some((file) => file.includes(name)));
if (unknown !== undefined) throw new Error(`No test file has ${unknown} in its name: is it built?`);
const selected = eligible.filter((file) => only.length === 0 || only.some((name) => file.includes(name)));

if (native) testNative();
if (packages || smoke) {
  // What is newer than its sources is left alone.
  run(process.execPath, [path.join(root, 'scripts/prebuild.js')]);
  // Apart from the workspace, so that only who tests the packages gets them.
  for (const folder of packages ? ['tools', 'arm64-node'] : ['tools'])
    run('npx', ['-y', 'pnpm@12', '--dir', `test/packaging/${folder}`, 'install', '--frozen-lockfile']);
}
if (packages)
  for (const target of ['x86_64-linux-musl', 'aarch64-linux-musl']) testNative(`TARGET=${target}`);

/** Of these, nothing runs beside: they make load, judge what comes of moments without a processor, or need ports that pages name. */
const alone = new Set([
  'accounting',
  'classic',
  'commands',
  'dispatch',
  'fds',
  'give-back-under-load',
  'idle-connections',
  'kept-alive',
  'killed',
  'listeners',
  'metrics',
  'queue',
  'rebalance',
  'reload',
  'replacement-killed',
  'scale',
  'stalled',
  'stalled-readiness',
  'takeover',
]);
const isAlone = (file) => long || alone.has(nameOf(file));

/** How long one file may take. */
const minutes = long ? 30 : packages ? 15 : 5;

/** Runs the files, so many at a time. */
async function test(files, concurrency) {
  if (files.length === 0) return;
  const events = runTests({ files, concurrency, timeout: minutes * 60_000 })
    .on('test:pass', ({ details }) => {
      if (details.type !== 'suite') passed += 1;
    })
    .on('test:fail', ({ details }) => {
      if (details.type !== 'suite') failed += 1;
    });
  for await (const text of events.compose(spec)) process.stdout.write(text);
}

// Most of them wait for processes to start and to end, so there is one more than processors.
await test(
  selected.filter((file) => !isAlone(file)),
  Math.min(4, availableParallelism() + 1),
);
await test(selected.filter(isAlone), 1);
if (failed > 0) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed`);
