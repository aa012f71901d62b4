// Answers with all that the process was given.
const http = require('node:http');
const cluster = require('node:cluster');
const { execFileSync } = require('node:child_process');
http
  .createServer((request, response) => {
    const child = execFileSync(process.execPath, [
      '-p',
      'JSON.stringify([require("cluster").isPrimary, process.env.BATON_CHANNEL_FD])',
    ]);
    response.end(
      JSON.stringify({
        slot: Number(process.env.BATON_SLOT),
        argv: process.argv.slice(1),
        execArgv: process.execArgv,
        env: {
          PORT: process.env.PORT,
          GREETING: process.env.GREETING,
          instance: process.env.NODE_APP_INSTANCE,
        },
        channel: process.env.BATON_CHANNEL_FD,
        preloaded: globalThis.preloaded,
        isMain: require.main === module,
        workerId: cluster.worker.id,
        connected: cluster.worker.isConnected(),
        clusterKeys: Object.keys(cluster).filter((key) => ['fork', 'workers', 'settings'].includes(key)),
        child: JSON.parse(String(child)),
      }),
    );
  })
  .listen(0, '127.0.0.1');
