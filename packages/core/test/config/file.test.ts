import assert from 'node:assert/strict';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { findConfigFile, readConfigFile, type FileSurroundings } from '#core/config/file.js';
import { lookUp } from '#core/working-directory.js';
import { directoryWith } from './directory.js';

/** Where a configuration runs, with the options of node that this process has. */
const stripsTypes = Boolean((process.features as { typescript?: unknown }).typescript);
const stripFlag = '--experimental-strip-types';

function surroundings(cwd: string): FileSurroundings {
  return { place: lookUp(cwd), env: process.env };
}

async function read(t: TestContext, name: string, content: string): Promise<Record<string, unknown>> {
  const cwd = directoryWith(t, { [name]: content });
  const { layer } = await readConfigFile(path.join(cwd, name), surroundings(cwd));
  return Object.fromEntries([...layer].map(([key, { value }]) => [key, value]));
}

test('JSON: as options of a primary, or as people write', async (t) => {
  const content = {
    $schema: './node_modules/@baton/core/schema/baton.config.schema.json',
    app: 'server.js',
    workers: 'max',
    stallAfterMs: 50,
    probationMs: '5s',
    maxMemoryBytes: '2G',
    metrics: { port: 0 },
    watch: false,
  };
  assert.deepEqual(await read(t, 'baton.config.json', JSON.stringify(content)), {
    app: 'server.js',
    workers: 'max',
    stallAfterMs: 50,
    probationMs: 5_000,
    maxMemoryBytes: 2_147_483_648,
    metrics: { port: 0 },
    watch: false,
  });
});

test('a module: an object, or a function that returns one, maybe later', async (t) => {
  const modules: [string, string][] = [
    ['baton.config.mjs', 'export default { workers: 2 };'],
    ['baton.config.mjs', 'export default () => ({ workers: 2, name: undefined });'],
    ['baton.config.mjs', 'export default async () => ({ workers: 2 });'],
    ['baton.config.js', 'module.exports = { workers: 2 };'],
    ['baton.config.js', 'module.exports = async () => ({ workers: 2 });'],
    ['baton.config.js', 'export default { workers: 2 };'],
    ['baton.config.cjs', 'module.exports = { workers: 2 };'],
    ['baton.config.cjs', 'exports.__esModule = true; exports.default = { workers: 2 };'],
    ['baton.config.cjs', 'exports.__esModule = true; exports.default = () => ({ workers: 2 });'],
  ];
  for (const [name, content] of modules)
    assert.deepEqual(await read(t, name, content), { workers: 2 }, content);
});

const typescript: [name: string, content: string][] = [
  ['baton.config.ts', 'export default { workers: 2 } satisfies { workers: number };'],
  ['baton.config.ts', 'const workers: number = 2;\nmodule.exports = { workers };'],
  ['baton.config.mts', 'export default (): { workers: number } => ({ workers: 2 });'],
  ['baton.config.cts', 'module.exports = { workers: 2 as number };'],
];

test('TypeScript, where this Node runs it', { skip: !stripsTypes }, async (t) => {
  for (const [name, content] of typescript)
    assert.deepEqual(await read(t, name, content), { workers: 2 }, content);
  await assert.rejects(
    read(t, 'baton.config.ts', 'enum Policy { Sticky }\nexport default { policy: Policy.Sticky };'),
    /file baton\.config\.ts fails: .*enum is not supported/s,
  );
});

test(
  'TypeScript, where this Node does not run it: told, with what to do',
  { skip: stripsTypes },
  async (t) => {
    for (const [name, content] of typescript) {
      await assert.rejects(read(t, name, content), ({ code, message }: NodeJS.ErrnoException) => {
        assert.equal(code, 'BATON_CONFIG_FILE');
        assert.ok(
          message.startsWith(`The configuration file ${name} is TypeScript, which Node ${process.version}`),
        );
        assert.match(message, / [Uu]se Node 22\.18 or later, or write it in JavaScript\.$/);
        assert.equal(/NODE_OPTIONS=/.test(message), process.allowedNodeEnvironmentFlags.has(stripFlag));
        return true;
      });
    }
    const cwd = directoryWith(t, {
      'baton.config.mjs': "export { default } from './shared.ts';",
      'shared.ts': 'export default { workers: 2 as number };',
    });
    await assert.rejects(
      readConfigFile(path.join(cwd, 'baton.config.mjs'), surroundings(cwd)),
      /file baton\.config\.mjs imports shared\.ts, TypeScript, which Node v/,
    );
  },
);

test('an unknown key is named, with the nearest known one, or all', async (t) => {
  await assert.rejects(read(t, 'baton.config.json', '{"wokers": 2}'), {
    code: 'BATON_UNKNOWN_SETTING',
    message: 'There is no setting "wokers" in baton.config.json. Did you mean workers?',
  });
  await assert.rejects(read(t, 'baton.config.json', '{"max-memory": 2}'), /Did you mean maxMemoryBytes\?/);
  await assert.rejects(
    read(t, 'baton.config.json', '{"toString": 2}'),
    /"toString".* Known: app, args, workers/,
  );
  await assert.rejects(read(t, 'baton.config.mjs', 'export default { $schema: "x" };'), /"\$schema"/);
});

test('a wrong value is named, with the file', async (t) => {
  const wrong: [string, RegExp][] = [
    ['{"workers": "4"}', /option workers in baton\.config\.json must be a whole number.*; it is "4"/],
    ['{"workers": null}', /option workers in .*; it is null/],
    ['{"metrics": {"prot": 1}}', /option metrics in .* an object of host and port; it is \{ prot: 1 \}/],
    ['{"metrics": {"port": "1"}}', /option metrics\.port in baton\.config\.json must be a port/],
    ['{"import": "x.mjs"}', /option import in .* an array of strings; it is "x\.mjs"/],
  ];
  for (const [content, message] of wrong) {
    await assert.rejects(read(t, 'baton.config.json', content), { code: 'BATON_INVALID_OPTION', message });
  }
});

test('a file that gives no settings', async (t) => {
  const wrong: [string, string, RegExp][] = [
    ['baton.config.json', '{', /baton\.config\.json is not valid JSON: .*\. Correct it there\.$/],
    ['baton.config.json', '[]', /baton\.config\.json must give an object of settings, such as/],
    ['baton.config.mjs', 'export const workers = 2;', /baton\.config\.mjs must give an object/],
    [
      'baton.config.mjs',
      'throw new TypeError("no such thing");',
      /mjs fails: TypeError: no such thing\n +at file:.*baton\.config\.mjs:1:7$/,
    ],
    ['baton.config.mjs', 'export default () => { throw "text"; };', /baton\.config\.mjs fails: text$/],
    ['baton.config.cjs', 'exports.__esModule = true; exports.workers = 2;', /cjs must give an object/],
    ['baton.yaml', 'workers: 2', /baton\.yaml must end in \.js, .* or \.json/],
  ];
  for (const [name, content, message] of wrong) {
    await assert.rejects(read(t, name, content), { code: 'BATON_CONFIG_FILE', message });
  }
  for (const name of ['none.json', 'none.mjs']) {
    const cwd = directoryWith(t, {});
    await assert.rejects(readConfigFile(path.join(cwd, name), surroundings(cwd)), {
      code: 'BATON_CONFIG_FILE',
      message: `The configuration file ${name} does not exist. Correct the path in --config or BATON_CONFIG, or leave it out.`,
    });
  }
});

test('a byte order mark before JSON is none of its text', async (t) => {
  assert.deepEqual(await read(t, 'baton.config.json', '\uFEFF{"workers": 2}'), { workers: 2 });
});

test("what a configuration throws is the error's cause", async (t) => {
  await assert.rejects(
    read(t, 'baton.config.mjs', 'throw new RangeError("mine");'),
    ({ cause }: Error) => cause instanceof RangeError && cause.message === 'mine',
  );
});

test("paths are relative to the file's directory", async (t) => {
  const content = JSON.stringify({
    app: 'server.js',
    import: ['./hooks.mjs', 'tsx'],
    require: ['../preload.cjs', 'dotenv/config', '/etc/absolute.cjs'],
    watchPaths: ['src', '/srv/shared'],
    args: ['./as-it-is'],
  });
  const cwd = directoryWith(t, { 'deploy/baton.config.json': content });
  const file = path.join(cwd, 'deploy/baton.config.json');
  const { layer } = await readConfigFile(file, surroundings(cwd));
  assert.equal(layer.get('app')?.value, `${cwd}/deploy/server.js`);
  assert.deepEqual(layer.get('import')?.value, [`file://${cwd}/deploy/hooks.mjs`, 'tsx']);
  assert.deepEqual(layer.get('require')?.value, [`${cwd}/preload.cjs`, 'dotenv/config', '/etc/absolute.cjs']);
  assert.deepEqual(layer.get('watchPaths')?.value, [`${cwd}/deploy/src`, '/srv/shared']);
  assert.deepEqual(layer.get('args')?.value, ['./as-it-is']);
  assert.equal(layer.get('app')?.source, 'deploy/baton.config.json');
});

test('one file in the directory, or none', (t) => {
  assert.equal(findConfigFile(directoryWith(t, { 'baton.json': '{}' })), undefined);
  for (const extension of ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts', 'json']) {
    const name = `baton.config.${extension}`;
    const cwd = directoryWith(t, { [name]: '{}' });
    assert.equal(findConfigFile(cwd), path.join(cwd, name));
  }
  const two = directoryWith(t, { 'baton.config.json': '{}', 'baton.config.mjs': '' });
  assert.throws(() => findConfigFile(two), {
    code: 'BATON_CONFIG_AMBIGUOUS',
    message: /: baton\.config\.mjs, baton\.config\.json\. Keep one/,
  });
});
