// What is told of an addon that is not there, or that node does not load.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { notFound, notLoaded } from '#core/addon/failure.js';
import { elf } from './made-up-elf.js';

/** The directory of an addon with these files. */
function nativeWith(t: TestContext, files: Readonly<Record<string, string | Buffer>>): string {
  const native = mkdtempSync(path.join(tmpdir(), 'baton-test-'));
  t.after(() => rmSync(native, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(native, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return native;
}

const here = elf(process.arch === 'arm64' ? 183 : 62);
const other = process.arch === 'arm64' ? { arch: 'x64', elf: elf(62) } : { arch: 'arm64', elf: elf(183) };
const prebuilt = `prebuilds/linux-${process.arch}/baton.glibc.node`;
const built = 'build/Release/baton.node';

/** What is told of a file of such content, of which node says what it says. */
function told(t: TestContext, name: string, content: string | Buffer, message: string) {
  const native = nativeWith(t, { [name]: content });
  const file = path.join(native, name);
  const { why, remedy } = notLoaded(file, native, new Error(message));
  assert.ok(why.startsWith(`${file} does not load: `), why);
  return { why: why.slice(`${file} does not load: `.length), remedy, native };
}

test('none is there: which were looked for, and which the package has', (t) => {
  const native = nativeWith(t, { 'prebuilds/linux-riscv64/baton.glibc.node': '', 'src/socket.cc': '' });
  const { why, remedy } = notFound(native);
  const wanted = new RegExp(
    `^Neither ${native}/${built} nor ${native}/prebuilds/linux-\\w+/baton\\.\\w+\\.node exists`,
  );
  assert.match(why, wanted);
  assert.match(why, /The package contains only these prebuilt addons: linux-riscv64\/baton\.glibc\.node\.$/);
  assert.match(notFound(nativeWith(t, {})).why, /contains no prebuilt addons\.$/);
  assert.match(remedy, /"npm ci".*"node \S+\/packages\/core\/bin\/baton\.js build-addon"/);
});

test('in a clone it is to be built', (t) => {
  const native = nativeWith(t, { 'test/main.cc': '', [built]: here });
  for (const { remedy } of [notFound(native), notLoaded(path.join(native, built), native, new Error('no'))])
    assert.match(remedy, /^Build it with "pnpm run build"/);
});

test('one for another processor, of which dlopen says that it is not there', (t) => {
  const { why, remedy } = told(
    t,
    prebuilt,
    other.elf,
    'cannot open shared object file: No such file or directory',
  );
  assert.equal(why, `it is for ${other.arch}, but this machine is ${process.arch}.`);
  assert.match(remedy, /install @baton\/core again.*"node \S+ build-addon"/);
});

test('one that is no library, such as what Git LFS leaves, or one of macOS', (t) => {
  assert.equal(
    told(t, prebuilt, 'version https://git-lfs', 'file too short').why,
    'it is not a Linux library.',
  );
});

test('one that needs a newer glibc, or libstdc++', (t) => {
  for (const [version, needs] of [
    ['GLIBC_2.38', 'GLIBC 2.38'],
    ['GLIBCXX_3.4.32', 'GLIBCXX 3.4.32'],
  ] as const) {
    const message = `/lib/libc.so.6: version \`${version}' not found (required by /baton.node)`;
    const { why } = told(t, prebuilt, here, message);
    assert.equal(why, `it needs ${needs}, but this system has an older version.`);
  }
});

test('anything else is told in the words of the loader', (t) => {
  const message = 'libstdc++.so.6: cannot open shared object file: No such file or directory';
  assert.equal(told(t, prebuilt, here, message).why, `${message}.`);
});

test('one that was built with build-addon is to be removed, or built anew', (t) => {
  const { remedy, native } = told(t, built, other.elf, 'no');
  assert.ok(remedy.includes(`remove ${path.join(native, 'build')} to have the prebuilt addon`), remedy);
  assert.match(remedy, /"node \S+ build-addon"/);
});
