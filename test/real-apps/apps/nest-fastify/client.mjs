import { once } from 'node:events';
import WebSocket from 'ws';

/** What the gateway answers. */
export async function probe(origin) {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/chat`);
  await once(socket, 'open');
  socket.send(JSON.stringify({ event: 'say', data: 'hello' }));
  const [answer] = await once(socket, 'message');
  socket.close();
  await once(socket, 'close');
  return { 'a WebSocket gateway': JSON.parse(String(answer)) };
}
