globalThis.preloaded = [...(globalThis.preloaded ?? []), ['require', require('node:cluster').isWorker]];
