// The prebuilt addons: what they ask of the system that loads them, and that Baton serves by one.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { root } from '../harness.js';
import { readSharedLibrary } from './elf.js';
import { serveAndReload } from './serve-and-reload.js';

const machines = { x64: /X86-64/, arm64: /^AArch64$/ };

/** That of Node's own binaries (BUILDING.md of Node 20 to 26). */
const glibcFloor = '2.28';

/** The libc's own, whichever part of it: what Node has loaded anyway. */
const allowed = {
  glibc: /^(libc\.so\.6|libm\.so\.6|libpthread\.so\.0|libdl\.so\.2|ld-linux-[\w-]+\.so\.\d)$/,
  musl: /^(libc\.so|libc\.musl-\w+\.so\.1)$/,
};

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

for (const arch of ['x64', 'arm64'] as const) {
  for (const libc of ['glibc', 'musl'] as const) {
    const file = path.join(root, `packages/core/native/prebuilds/linux-${arch}/baton.${libc}.node`);

    test(`${arch} ${libc}: the addon needs nothing but the libc, and shows nothing but Node's entry points`, () => {
      const addon = readSharedLibrary(file);
      assert.match(addon.machine, machines[arch]);
      assert.deepEqual(addon.exports.toSorted(), [
        'napi_register_module_v1',
        'node_api_module_get_api_version_v1',
      ]);
      assert.ok(addon.needed.length > 0);
      assert.deepEqual(
        addon.needed.filter((name) => !allowed[libc].test(name)),
        [],
      );
    });

    test(`${arch} ${libc}: the addon is stripped`, () => {
      const { sections } = readSharedLibrary(file);
      assert.ok(sections.includes('.dynsym'));
      assert.deepEqual(
        sections.filter((name) => /^\.(symtab|debug)/.test(name)),
        [],
      );
    });

    test(`${arch} ${libc}: the addon's errno is the libc's`, () => {
      const { segments } = readSharedLibrary(file);
      assert.ok(segments.includes('LOAD'));
      // Where zig links functions of the libc statically, they bring a thread-local errno that nobody else reads.
      assert.ok(!segments.includes('TLS'));
    });
  }

  test(`${arch} glibc: the addon asks for glibc ${glibcFloor} at most`, () => {
    const { glibcVersions } = readSharedLibrary(
      path.join(root, `packages/core/native/prebuilds/linux-${arch}/baton.glibc.node`),
    );
    const newest = glibcVersions.toSorted(compareVersions).at(-1);
    assert.ok(newest !== undefined && compareVersions(newest, glibcFloor) <= 0, newest);
  });
}

for (const handoff of ['connections', 'listeners'] as const)
  test(`${handoff}: Baton serves and reloads by the prebuilt addon`, (t) =>
    serveAndReload(t, handoff, process.arch));
