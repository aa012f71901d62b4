import { once } from 'node:events';
import WebSocket from 'ws';

export async function probe(origin) {
  const ws = new WebSocket(origin.replace('http', 'ws'));
  await once(ws, 'open');
  ws.send('a text');
  const [message] = await once(ws, 'message');
  ws.close(1000);
  const [code] = await once(ws, 'close');
  return { 'a WebSocket': { message: message.toString(), code } };
}
