// WebSockets with @fastify/websocket and the plugin of Baton, in the whole app or (SCOPED) in one context of it. Notes at preClose how
// many are open.
import { appendFileSync } from 'node:fs';
import baton from '@baton/fastify-plugin';
import websocket from '@fastify/websocket';
import Fastify from 'fastify';
import answer from './answer.cjs';

const { SCOPED, LOG } = process.env;
const app = Fastify();
await app.register(baton);

async function addSocket(context) {
  await context.register(websocket);
  context.get('/socket', { websocket: true }, () => {});
  app.addHook('preClose', async () => {
    const open = [...context.websocketServer.clients].filter(({ readyState, OPEN }) => readyState === OPEN);
    appendFileSync(LOG, `${process.pid} ${open.length}\n`);
  });
}
if (SCOPED) await app.register(addSocket);
else await addSocket(app);

app.get('/', () => answer('/'));
process.once('SIGTERM', () => void app.close());
await app.listen({ host: '127.0.0.1', port: 0 });
