import { once } from 'node:events';
import WebSocket from 'ws';

export async function probe(origin) {
  const ws = new WebSocket(origin.replace('http', 'ws'), { perMessageDeflate: true });
  const messages = [];
  ws.on('message', (data, isBinary) => messages.push(isBinary ? data.toString('hex') : data.toString()));
  const closed = once(ws, 'close');
  await once(ws, 'open');
  ws.send('a text');
  ws.send(Buffer.from([1, 2, 3]));
  ws.send('x'.repeat(200_000));
  ws.ping();
  await once(ws, 'pong');
  while (messages.length < 4) await once(ws, 'message');
  ws.close(1000, 'done');
  const [code, reason] = await closed;
  return { conversation: { messages, code, reason: reason.toString() } };
}
