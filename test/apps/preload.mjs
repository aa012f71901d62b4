import cluster from 'node:cluster';
globalThis.preloaded = [...(globalThis.preloaded ?? []), ['import', cluster.isWorker]];
