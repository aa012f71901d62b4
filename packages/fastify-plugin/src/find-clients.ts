import { BatonError } from '@baton/core/worker';
import { pathToFileURL } from 'node:url';
import { loadedModules, resolveForApp, resolveFrom } from './app-packages.js';
import { clientNames, isClient, type ClientName, type MetricsClient } from './metrics-client.js';

/** A file of a client, wherever in the tree its package is. */
const clientFile = new RegExp(`/node_modules/(?:${clientNames.join('|')})/`.replaceAll('/', '[\\\\/]'));

/** The files of the clients that the app would get. What is installed does not change while it runs. */
let filesOfApp: ReadonlyMap<ClientName, string> | undefined;

/** Clients that were loaded here, and are in no file. */
const withoutFile = new Set<MetricsClient>();

/**
 * The clients that the process has loaded by now: first those that the app would get itself, then other copies, such as that of
 * fastify-metrics. All three are CommonJS, so that ES modules get the same ones.
 */
export function loadedClients(): MetricsClient[] {
  return [...new Set([...loadedFromFiles(), ...withoutFile])];
}

function loadedFromFiles(): MetricsClient[] {
  const others = Object.keys(loadedModules).filter((file) => clientFile.test(file));
  const files = [...findFiles().values(), ...others];
  return files.map((file) => loadedModules[file]?.exports as unknown).filter(isClient);
}

/**
 * Loads the first client that is installed, for where the app has loaded none; of those in a bundle, which may be in use already, all.
 * Resolves with none where there is none. Throws BATON_METRICS_CLIENT where there are some, and none of them can be loaded.
 */
export async function loadClients(): Promise<MetricsClient[]> {
  const loaded = new Set<MetricsClient>();
  let failure: NodeJS.ErrnoException | undefined;
  for (const name of clientNames) {
    try {
      const client = await load(name);
      if (client === undefined) continue;
      loaded.add(client);
      if (loadedFromFiles().includes(client)) break;
      withoutFile.add(client);
    } catch (error) {
      failure ??= error as NodeJS.ErrnoException;
    }
  }
  if (failure && loaded.size === 0)
    throw new BatonError('BATON_METRICS_CLIENT', [failure.code ?? failure.message], failure);
  return [...loaded];
}

/** The app's; the one beside this module, or bundled with it, where the app has none, or the same. */
async function load(name: ClientName): Promise<MetricsClient | undefined> {
  const file = findFiles().get(name);
  const own = resolveFrom(import.meta.url, name);
  const isOwn = file === undefined || own === undefined || file === own;
  const client = isOwn ? await loadOwn(name) : undefined;
  if (client || file === undefined) return client;
  return ((await import(/* webpackIgnore: true */ pathToFileURL(file).href)) as { default: MetricsClient })
    .default;
}

/**
 * Written out for bundlers: what an app's bundle has of a client is in no file of its own, and can be had in no other way. Within `try`,
 * they put up with a package that is not there.
 */
async function loadOwn(name: ClientName): Promise<MetricsClient | undefined> {
  try {
    switch (name) {
      case 'prom-client':
        return (await import('prom-client')).default;
      case '@prometheus-io/client':
        return (await import('@prometheus-io/client')).default;
      case '@platformatic/prom-client':
        return (await import('@platformatic/prom-client')).default;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    // It may be something that the client needs.
    if (!isMissing || !message.includes(`'${name}'`)) throw error;
    return undefined;
  }
}

function findFiles(): ReadonlyMap<ClientName, string> {
  filesOfApp ??= new Map(
    clientNames.flatMap((name) => {
      const file = resolveForApp(name);
      return file === undefined ? [] : [[name, file]];
    }),
  );
  return filesOfApp;
}
