// How the commands of pages are run, by pages that are made up.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { app, isAlive, root, temporaryDirectory } from '../harness.js';
import { blocksOf } from './page.js';
import { commandsOf, runPage } from './page-commands.js';

/** Files that commands of the page have written, by name. */
type Written = (name: string) => string;

interface MadeUp {
  page: string;
  run: (limitMs?: number) => Promise<void>;
  written: Written;
}

/** A page, with `'''` for its fences. Where its commands run, `baton` is that of this clone, and `app.cjs` serves. */
function makeUp(t: TestContext, text: string): MadeUp {
  const directory = temporaryDirectory(t);
  const page = path.join(directory, 'page.md');
  writeFileSync(page, `${text.replaceAll("'''", '```')}\n`);
  const bin = path.join(directory, 'bin');
  mkdirSync(bin);
  const command = [process.execPath, path.join(root, 'packages/core/bin/baton.js')];
  writeFileSync(path.join(bin, 'baton'), `#!/bin/sh\nexec '${command.join("' '")}' "$@"\n`, { mode: 0o755 });
  writeFileSync(path.join(directory, 'app.cjs'), `require(${JSON.stringify(app('http.cjs'))});`);
  const env = {
    HOME: directory,
    XDG_RUNTIME_DIR: directory,
    PATH: `${bin}:/usr/bin:/bin`,
    HOST: '127.0.0.1',
    BATON_METRICS: 'off',
    BATON_WORKERS: '1',
  };
  return {
    page,
    run: (limitMs) => runPage(page, { directory, env, ...(limitMs !== undefined && { limitMs }) }),
    written: (name) => readFileSync(path.join(directory, name), 'utf8'),
  };
}

function pidOfPrimary(status: string): number {
  return (JSON.parse(status) as { pid: number }).pid;
}

test('a command is what bash reads in one go, and has its line', (t) => {
  const { page } = makeUp(
    t,
    `
'''sh run
# What this does.
echo one   # two

echo three \\
  four
for word in a b; do
  echo $word
done
cat <<END
text
END
'''`,
  );
  const commands = blocksOf(page).flatMap(commandsOf);
  assert.deepEqual(
    commands.map(({ title }) => title.slice(page.length)),
    [
      ':4: echo one   # two',
      ':6: echo three \\\n  four',
      ':8: for word in a b; do\n  echo $word\ndone',
      ':11: cat <<END\ntext\nEND',
    ],
  );
});

test('what bash does not understand is found', (t) => {
  const { page } = makeUp(t, "'''sh run\nfor word in a\n'''");
  assert.throws(() => blocksOf(page).flatMap(commandsOf), {
    message: `${page}:1: bash does not understand:\nfor word in a\n`,
  });
});

test('blocks that are marked run in turn; what one leaves, the next has', async (t) => {
  const { run, written } = makeUp(
    t,
    `
'''sh run
mkdir below && cd below
export WORD='a b'
'''

'''sh untested="is none of it"
echo other >../other
'''

'''sh run
cat >text <<END
$WORD
END
'''`,
  );
  await run();
  assert.equal(written('below/text'), 'a b\n');
  assert.throws(() => written('other'), /ENOENT/);
});

test('a command that fails ends the page, and is told with its place and output', async (t) => {
  const { page, run, written } = makeUp(
    t,
    "'''sh run\necho seen; echo too >&2; exit 3\necho more >more\n'''",
  );
  await assert.rejects(run(), {
    message: `${page}:2: echo seen; echo too >&2; exit 3\nhas ended with code 3\nseen\ntoo\n`,
  });
  assert.throws(() => written('more'), /ENOENT/);
});

test('a command that does not end is ended', async (t) => {
  const { page, run } = makeUp(t, "'''sh run\ntail -f /dev/null\n'''");
  await assert.rejects(run(500), { message: `${page}:2: tail -f /dev/null\nhas not ended within 500 ms\n` });
});

test('an app serves while the next commands run, until another does or the page ends', async (t) => {
  const { run, written } = makeUp(
    t,
    `
'''sh run
baton app.cjs
baton status --json >first
ln -s "$PWD"/bin/{baton,baton.js}
BATON_WORKERS=2 baton.js --name two app.cjs
baton status --json --name two >second
'''`,
  );
  await run();
  const pids = ['first', 'second'].map((name) => pidOfPrimary(written(name)));
  assert.equal(new Set(pids).size, 2);
  assert.deepEqual(pids.filter(isAlive), []);
});

test('npm start serves too, also behind another command', async (t) => {
  const { run, written } = makeUp(
    t,
    `
'''sh run
printf '#!/bin/sh\\nexec baton app.cjs\\n' >bin/npm && chmod +x bin/npm
true && npm start
baton status --json >status
'''`,
  );
  await run();
  assert.equal(isAlive(pidOfPrimary(written('status'))), false);
});

test('the page may stop what serves', async (t) => {
  const { run } = makeUp(t, "'''sh run\nbaton app.cjs\nbaton stop\n'''");
  await run();
});

test('an app that does not come up is told', async (t) => {
  const { page, run } = makeUp(t, "'''sh run\nbaton missing.cjs\n'''");
  await assert.rejects(run(), (error: Error) => {
    assert.ok(
      error.message.startsWith(
        `${page}:2: baton missing.cjs\nhas ended with code 1, and its app was not up\n`,
      ),
    );
    return true;
  });
});

test('an app that ends badly behind its back is told', async (t) => {
  const { page, run, written } = makeUp(
    t,
    `
'''sh run
baton app.cjs
baton status --json >status
kill -KILL "$(grep -oE '"pid": ?[0-9]+' status | head -n 1 | grep -oE '[0-9]+')"
baton status || true
'''`,
  );
  await assert.rejects(run(), (error: Error) => {
    assert.ok(error.message.startsWith(`${page}:3: baton app.cjs\nhas ended with code 137\n`), error.message);
    return true;
  });
  assert.equal(existsSync(`/proc/${pidOfPrimary(written('status'))}`), false);
});
