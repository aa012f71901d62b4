import { once } from 'node:events';
import { io } from 'socket.io-client';

/** One conversation: by long polling, by WebSocket, or by the first and then, upgraded, by the second. */
async function converse(origin, transports) {
  const socket = io(origin, { transports, forceNew: true, reconnection: false });
  try {
    const welcomed = new Promise((resolve) => socket.once('welcome', resolve));
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    const welcome = await welcomed;
    if (transports.length > 1 && socket.io.engine.transport.name !== 'websocket')
      await once(socket.io.engine, 'upgrade');
    const sum = await socket.timeout(5_000).emitWithAck('add', 1, 2);
    const echoed = new Promise((resolve) => socket.once('echo', resolve));
    socket.emit('echo', Buffer.from([1, 2, 3]));
    return { welcome, sum, echo: (await echoed).toString('hex'), transport: socket.io.engine.transport.name };
  } finally {
    socket.close();
  }
}

async function refusal(origin) {
  const socket = io(`${origin}/admin`, { auth: { token: 'wrong' }, forceNew: true, reconnection: false });
  try {
    return await new Promise((resolve) => socket.once('connect_error', (error) => resolve(error.message)));
  } finally {
    socket.close();
  }
}

export async function probe(origin) {
  return {
    polling: await converse(origin, ['polling']),
    WebSocket: await converse(origin, ['websocket']),
    upgrade: await converse(origin, ['polling', 'websocket']),
    'a refused namespace': await refusal(origin),
  };
}
