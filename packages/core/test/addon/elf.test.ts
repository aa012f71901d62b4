import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { readElf } from '#core/addon/elf.js';
import { libc } from '#core/addon/machine.js';
import { elf } from './made-up-elf.js';

function fileOf(t: TestContext, content: string | Buffer): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'baton-test-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'file');
  writeFileSync(file, content);
  return file;
}

test('this node is for this processor, and its loader is that of its C library', () => {
  const found = readElf(process.execPath);
  assert.equal(found?.arch, process.arch);
  assert.match(found?.interpreter ?? '', libc() === 'musl' ? /\/ld-musl-/ : /\/ld-linux-/);
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  assert.equal(libc(), header.glibcVersionRuntime === undefined ? 'musl' : 'glibc');
});

test('what a file says of itself', (t) => {
  const musl = '/lib/ld-musl-aarch64.so.1';
  assert.deepEqual(readElf(fileOf(t, elf(183, musl))), { arch: 'arm64', interpreter: musl });
  assert.deepEqual(readElf(fileOf(t, elf(62))), { arch: 'x64', interpreter: undefined });
  assert.deepEqual(readElf(fileOf(t, elf(243))), { arch: 'machine 243', interpreter: undefined });
  const of32Bit = elf(40);
  of32Bit.writeUInt8(1, 4);
  assert.deepEqual(readElf(fileOf(t, of32Bit)), { arch: 'arm', interpreter: undefined });
});

test('other files are none', (t) => {
  for (const content of ['', 'text', elf(62).subarray(0, 20), `\xcf\xfa\xed\xfe${'macOS'.repeat(20)}`])
    assert.equal(readElf(fileOf(t, content)), undefined);
  assert.throws(() => readElf('/nowhere'), { code: 'ENOENT' });
});
