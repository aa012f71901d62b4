// Runs the tests on each supported Node, and ends with a line `N passed, N failed`: node scripts/matrix.js [major…] [--others], where
// --others leaves out the Node that runs this. What else is given, scripts/test.js gets. The Nodes are those of test/nodes.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const nodes = path.join(root, 'test/nodes');
const supported = ['20', '22', '24', '26'];

const args = process.argv.slice(2).filter((argument) => argument !== '--');
const isMajor = (argument) => /^\d+$/.test(argument);
const chosen = args.filter(isMajor);
const others = args.includes('--others');
const rest = args.filter((argument) => !isMajor(argument) && argument !== '--others');

const unknown = chosen.find((major) => !supported.includes(major));
if (unknown !== undefined) throw new Error(`Node ${unknown} is none of ${supported.join(', ')}`);
const [running] = process.versions.node.split('.');
const majors = (chosen.length > 0 ? chosen : supported).filter((major) => !others || major !== running);

// Apart from the workspace, so that only who wants them gets these 500 MB.
const install = ['-y', 'pnpm@12', '--dir', nodes, '--ignore-workspace', 'install', '--frozen-lockfile'];
const { status } = spawnSync('npx', install, { stdio: ['ignore', 'inherit', 'inherit'] });
if (status !== 0) process.exit(1);

/** Runs the tests on a Node. Resolves with how many passed and failed. */
async function test(major, isFirst) {
  const directory = path.join(nodes, 'node_modules', `node-${major}-${process.arch}`);
  const { version } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
  console.log(`== Node ${version}`);
  const bin = path.join(directory, 'bin');
  // The native core's tests know no Node: they run once.
  const options = isFirst ? [] : ['--no-native'];
  const child = spawn(path.join(bin, 'node'), [path.join(root, 'scripts/test.js'), ...options, ...rest], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Programs that name `node` in their first line, such as npm, run on it too.
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` },
  });
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    process.stdout.write(chunk);
    output += chunk;
  }
  const [, passed, failed] = /^(\d+) passed, (\d+) failed\n$/m.exec(output) ?? [];
  // No such line means that the tests did not even run.
  return { version, passed: Number(passed ?? 0), failed: Number(failed ?? 1) };
}

const results = [];
for (const major of majors) results.push(await test(major, results.length === 0));
for (const { version, passed, failed } of results)
  console.log(`Node ${version}: ${passed} passed, ${failed} failed`);
const sum = (pick) => results.reduce((total, result) => total + pick(result), 0);
const failed = sum((result) => result.failed);
if (failed > 0) process.exitCode = 1;
console.log(`${sum((result) => result.passed)} passed, ${failed} failed`);
