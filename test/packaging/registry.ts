import { once } from 'node:events';
import type http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryDirectory } from '../harness.js';
import { tarballs } from './tarballs.js';
import { npm, requireTool, runNode } from './tools.js';

interface Verdaccio {
  runServer(configuration: object): Promise<http.Server>;
}

/**
 * A registry that has our packages, and all others from the registry that npm is configured for. Resolves with its URL. The test's end
 * closes it.
 */
export async function startRegistry(t: TestContext): Promise<string> {
  const directory = temporaryDirectory(t);
  const upstream = await runNode([npm, 'config', 'get', 'registry'], { cwd: directory });
  const verdaccio = requireTool('verdaccio') as Verdaccio;
  const server = await verdaccio.runServer({
    configPath: path.join(directory, 'config.yaml'),
    storage: path.join(directory, 'storage'),
    uplinks: { upstream: { url: upstream.trim() } },
    packages: {
      '@baton/*': { access: '$all', publish: '$all' },
      '**': { access: '$all', proxy: 'upstream' },
    },
    log: { type: 'stdout', format: 'pretty', level: 'fatal' },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Who it is does not matter, but npm wants to know.
  const options = [`--registry=http://${host}/`, `--//${host}/:_authToken=anybody`];
  for (const tarball of Object.values(await tarballs()))
    await runNode([npm, 'publish', tarball, ...options], { cwd: directory });
  return `http://${host}/`;
}
