import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { Socket } from 'node:net';

/** https://chromedevtools.github.io/devtools-protocol/ */
const goOn = { id: 1, method: 'Runtime.runIfWaitingForDebugger' };

/** Attaches to the inspector at this address, and has the process go on that waits for a debugger. */
export async function attach(url: string): Promise<Socket> {
  const request = http.get(url.replace(/^ws:/, 'http:'), {
    agent: false,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    },
  });
  const [, socket] = (await once(request, 'upgrade')) as [unknown, Socket];
  // What it answers is of no interest.
  socket.resume();
  // The inspector listens before the process waits, and what comes in between is answered but has no effect.
  const again = setInterval(() => socket.write(textFrame(goOn)), 50);
  socket.once('close', () => clearInterval(again));
  return socket;
}

/** RFC 6455, 5.2: a client masks what it sends; a mask of zeros changes nothing. */
function textFrame(message: object): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  if (text.length > 125) throw new RangeError('too long for a short frame');
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
}
