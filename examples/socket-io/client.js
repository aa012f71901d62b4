// Says each line of standard input, and shows what is said: `node client.js [address to connect from]`.
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { io } from 'socket.io-client';

const socket = io(process.env.URL ?? 'http://127.0.0.1:3000', {
  // With --policy sticky, all clients of one address reach the same worker.
  agent: new http.Agent({ localAddress: process.argv[2] }),
  // What is not acknowledged within a second is sent again, also after a reconnect.
  retries: 10,
  ackTimeout: 1_000,
});

socket.on('connect', () => console.log('connected'));
socket.on('disconnect', (reason) => console.log(`disconnected: ${reason}`));
socket.on('said', ({ text }) => console.log(`said: ${text}`));

for await (const text of createInterface({ input: process.stdin })) {
  const { pid } = await socket.emitWithAck('say', { id: randomUUID(), text });
  console.log(`worker ${pid} took: ${text}`);
}
socket.close();
