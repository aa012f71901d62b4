// Does what messages tell it, `{ do }`, and sends what comes of it. Answers a request to `/disconnect` when the primary is gone.
const cluster = require('node:cluster');
const http = require('node:http');
const answer = require('./answer.cjs');

const watched = 'WATCH_REPORT_DEPENDENCIES' in process.env;
process.send({ early: true, connected: process.connected, watched });

const sent = (...given) =>
  new Promise((resolve) => process.send(...given, (error) => resolve(error?.code ?? error)));
const thrown = (...given) => {
  try {
    return process.send(...given);
  } catch (error) {
    return error.code;
  }
};
const does = {
  echo: ({ text }) => process.send({ echo: text }),
  'worker-send': () => cluster.worker.send({ from: 'worker' }),
  'say-ready': () => process.send('ready'),
  topics: () => ['one', 'two', 'one'].forEach((topic) => process.send({ topic })),
  flood: ({ count }) => {
    let full = 0;
    for (let number = 0; number < count; number++) if (!process.send({ number })) full += 1;
    process.send({ full });
  },
  overflow: () => {
    let warnings = 0;
    process.on('warning', () => (warnings += 1));
    const long = 'x'.repeat(1_000_000);
    process.send(long, () => process.send({ warnings }));
    for (let i = 0; i < 20; i++) process.send(long);
  },
  long: async ({ bytes }) => process.send({ long: await sent('x'.repeat(bytes - 2)) }),
  errors: async () => {
    const unheard = new Promise((resolve) => {
      cluster.worker.on('error', () => {});
      process.once('error', ({ code }) => resolve(code));
    });
    thrown({}, http.createServer());
    const handle = [await unheard, await sent({}, http.createServer())];
    process.send({
      handle,
      thrown: [thrown(), thrown(() => {}), thrown(Symbol('a')), thrown({}, undefined, 1)],
    });
  },
  disconnect: () => process.disconnect(),
};
process.on('message', (message) => void does[message.do]?.(message));
cluster.worker.on('message', (message) => {
  if (message.do === 'echo') process.send({ workerHeard: message.text });
});
process.once('SIGTERM', () => {
  process.send({ last: 'SIGTERM' });
  process.exit(0);
});

function onRequest({ url }, response) {
  if (url !== '/disconnect') return response.end(JSON.stringify(answer(url)));
  process.once('disconnect', async () => {
    const { connected, channel } = process;
    response.end(
      JSON.stringify({ connected, channel, sent: [process.send('unheard'), await sent('heard')] }),
    );
  });
}
http.createServer(onRequest).listen(0, '127.0.0.1');
