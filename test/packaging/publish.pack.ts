// What the release workflow runs, against a registry of the test's own.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { root, temporaryDirectory } from '../harness.js';

const run = promisify(execFile);

interface Registry {
  /** What was published, as name@version. */
  published: string[];
  /** How npm is told of it. */
  env: NodeJS.ProcessEnv;
}

/** A registry that has these, as name@version, and takes others. */
async function startRegistry(test: TestContext, published: string[]): Promise<Registry> {
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent(request.url?.slice(1) ?? '');
    const versions = published
      .filter((one) => one.startsWith(`${name}@`))
      .map((one) => one.slice(name.length + 1));
    if (request.method === 'PUT') {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        const document = JSON.parse(body) as { name: string; versions: object; access: string };
        assert.equal(document.access, 'public');
        for (const version of Object.keys(document.versions)) published.push(`${document.name}@${version}`);
        response.writeHead(201).end('{}');
      });
    } else if (versions.length === 0) response.writeHead(404).end('{}');
    else
      response.end(
        JSON.stringify({
          name,
          'dist-tags': { latest: versions[0] },
          versions: Object.fromEntries(versions.map((version) => [version, { name, version }])),
        }),
      );
  });
  server.listen(0, '127.0.0.1');
  test.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const userConfig = path.join(temporaryDirectory(test), 'npmrc');
  writeFileSync(userConfig, `registry=http://${host}/\n//${host}/:_authToken=a\n`);
  const env: NodeJS.ProcessEnv = { ...process.env, npm_config_userconfig: userConfig };
  delete env['npm_config_registry'];
  return { published, env };
}

const versions = readdirSync(path.join(root, 'packages')).map((folder) => {
  const file = path.join(root, 'packages', folder, 'package.json');
  const { name, version, repository } = JSON.parse(readFileSync(file, 'utf8')) as {
    name: string;
    version: string;
    repository: { url: string };
  };
  return { one: `${name}@${version}`, repository: /github\.com\/(.+)\.git$/.exec(repository.url)?.[1] };
});

test('tarballs whose version the registry has are not published again', async (t) => {
  const { published, env } = await startRegistry(t, ['@made-up/a@1.0.0', '@made-up/b@0.9.0']);
  const directory = temporaryDirectory(t);
  for (const name of ['a', 'b', 'c']) {
    const folder = path.join(directory, name);
    mkdirSync(folder);
    writeFileSync(
      path.join(folder, 'package.json'),
      JSON.stringify({ name: `@made-up/${name}`, version: '1.0.0' }),
    );
    await run('npm', ['pack', folder], { cwd: directory, env });
  }
  const publish = [path.join(root, 'scripts/publish.js'), directory];
  const { stdout } = await run(process.execPath, publish, { env });
  assert.match(stdout, /^@made-up\/a@1\.0\.0 is there already$/m);
  assert.deepEqual(published, [
    '@made-up/a@1.0.0',
    '@made-up/b@0.9.0',
    '@made-up/b@1.0.0',
    '@made-up/c@1.0.0',
  ]);
  await run(process.execPath, publish, { env });
  assert.equal(published.length, 4);
});

test('npm may ask whoever publishes by hand', async (t) => {
  const { env } = await startRegistry(t, []);
  const directory = temporaryDirectory(t);
  writeFileSync(
    path.join(directory, 'package.json'),
    JSON.stringify({ name: '@made-up/a', version: '1.0.0' }),
  );
  await run('npm', ['pack'], { cwd: directory, env });
  const programs = temporaryDirectory(t);
  const asks = `#!/bin/sh
    [ "$1" = publish ] || PATH="\${PATH#*:}" exec npm "$@"
    read -r answer && echo "the answer is $answer"`;
  writeFileSync(path.join(programs, 'npm'), asks, { mode: 0o755 });
  const publishing = run(process.execPath, [path.join(root, 'scripts/publish.js'), directory], {
    env: { ...env, PATH: `${programs}:${env['PATH']}` },
  });
  publishing.child.stdin?.end('123456\n');
  assert.equal((await publishing).stdout, 'the answer is 123456\n');
});

test('where nothing is to be published, or nothing can be, the workflow hears of it', async (t) => {
  const { published, env } = await startRegistry(t, []);
  const directory = workspaceCopy(t);
  for (const file of ['scripts/check-release.js', 'scripts/registry.js'])
    cpSync(path.join(root, file), path.join(directory, file));
  const output = path.join(directory, 'output');
  const check = async (repository: string | undefined): Promise<string> => {
    await run(process.execPath, [path.join(directory, 'scripts/check-release.js')], {
      env: { ...env, GITHUB_REPOSITORY: repository, GITHUB_OUTPUT: output },
    });
    return readFileSync(output, 'utf8').trim().split('\n').at(-1) ?? '';
  };
  const [first, ...others] = versions;
  assert.ok(first && others.length > 0);
  assert.equal(await check(first.repository), 'publish=true');
  published.push(...others.map(({ one }) => one));
  assert.equal(await check(first.repository), 'publish=true', 'one is missing');
  const changeset = path.join(directory, '.changeset/new.md');
  writeFileSync(changeset, '');
  assert.equal(await check(first.repository), 'publish=false', 'the version is to be raised first');
  rmSync(changeset);
  published.push(first.one);
  assert.equal(await check(first.repository), 'publish=false');
  await assert.rejects(
    check('someone/else'),
    /repository\.url is .*, but git\+https:.*someone\/else\.git publishes/,
  );
});

test('something new in the core is a minor version of both packages, and the examples ask for it', async (t) => {
  const directory = workspaceCopy(t);
  symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
  writeFileSync(
    path.join(directory, '.changeset/new.md'),
    "---\n'@baton/core': minor\n---\n\nSomething new.\n",
  );
  cpSync(path.join(root, 'scripts/raise-examples.js'), path.join(directory, 'scripts/raise-examples.js'));
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: { 'release:version': string };
  };
  // Without the lock file, for which pnpm asks the registry.
  const [command, ...others] = scripts['release:version'].split(' && pnpm install --lockfile-only');
  assert.deepEqual(others, ['']);
  await run('sh', ['-c', command ?? ''], {
    cwd: directory,
    env: { ...process.env, PATH: `${root}/node_modules/.bin:${process.env['PATH']}` },
  });
  const after = readdirSync(path.join(directory, 'packages')).map((folder) => {
    const manifest = readFileSync(path.join(directory, 'packages', folder, 'package.json'), 'utf8');
    return (JSON.parse(manifest) as { version: string }).version;
  });
  const [major, minor] = versions[0]!.one.split('@').at(-1)!.split('.').map(Number);
  const raised = `${major}.${minor! + 1}.0`;
  assert.deepEqual(after, [raised, raised]);
  for (const name of examples) {
    const manifest = readFileSync(path.join(directory, 'examples', name, 'package.json'), 'utf8');
    const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
    assert.equal(dependencies['@baton/core'], `^${raised}`, name);
  }
});

/** Those that can be started. */
const examples = readdirSync(path.join(root, 'examples')).filter((name) =>
  existsSync(path.join(root, 'examples', name, 'package.json')),
);

/** What there is of the workspace to those who raise versions, without changesets. */
function workspaceCopy(t: TestContext): string {
  const directory = temporaryDirectory(t);
  const manifests = readdirSync(path.join(root, 'packages')).flatMap((folder) =>
    ['package.json', 'CHANGELOG.md'].map((name) => path.join('packages', folder, name)),
  );
  for (const file of [
    'package.json',
    'pnpm-workspace.yaml',
    '.changeset/config.json',
    '.changeset/README.md',
    ...manifests,
    ...examples.map((name) => path.join('examples', name, 'package.json')),
  ])
    cpSync(path.join(root, file), path.join(directory, file));
  return directory;
}
