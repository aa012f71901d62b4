// Requests over HTTP/2 are counted as those of HTTP/1 are, once each.
import { once } from 'node:events';
import http2 from 'node:http2';
import { test } from 'node:test';
import { app, portOf, startPrimary, sumOfSlots, until } from './harness.js';

test('requests over HTTP/2 are counted while they are answered', async (t) => {
  const primary = await startPrimary(t, { app: app('slow-http2.cjs'), workers: 1 });
  const requests = (): number => sumOfSlots(primary, ({ requests }) => requests);
  const session = http2.connect(`http://127.0.0.1:${portOf(primary)}`);
  t.after(() => session.close());
  const ask = (path = '/'): http2.ClientHttp2Stream => session.request({ ':path': path }).resume();
  const [first, second, third] = [ask(), ask(), ask()];
  await until(() => requests() === 3, 'three are counted');
  first.close(http2.constants.NGHTTP2_CANCEL);
  await until(() => requests() === 2, 'one was given up');
  await Promise.all([once(second, 'end'), once(third, 'end'), once(ask('/go'), 'end')]);
  await until(() => requests() === 0, 'all are answered');
  ask();
  await until(() => requests() === 1, 'another one');
  session.destroy();
  await until(() => requests() === 0, 'the client is gone');
});
