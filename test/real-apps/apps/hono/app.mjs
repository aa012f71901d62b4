import { setTimeout } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { getSignedCookie, setSignedCookie } from 'hono/cookie';
import { streamSSE, streamText } from 'hono/streaming';

const app = new Hono();
const secret = 'a secret of the app';

app.get('/', (c) => c.text('Hello Node.js!'));
app.post('/users', async (c) => c.json({ id: 2, ...(await c.req.json()) }, 201));
app.get('/login', async (c) => {
  await setSignedCookie(c, 'name', 'Ada', secret);
  return c.redirect('/me');
});
app.get('/me', async (c) => c.json({ name: (await getSignedCookie(c, secret, 'name')) ?? 'nobody' }));
app.get('/stream', (c) =>
  streamText(c, async (stream) => {
    for (let i = 0; i < 5; i++) {
      await stream.writeln(`line ${i}`);
      await stream.sleep(5);
    }
  }),
);
app.get('/events', (c) =>
  streamSSE(c, async (stream) => {
    for (let id = 0; id < 3; id++) await stream.writeSSE({ id: String(id), event: 'tick', data: 'tock' });
  }),
);
app.post('/upload', async (c) => {
  const { file } = await c.req.parseBody();
  return c.json({ name: file.name, size: file.size });
});
app.get('/health', (c) => c.json({ status: 'ok', pid: process.pid }));
app.get('/report', async (c) => {
  await setTimeout(50);
  return c.json({ rows: [1, 2, 3], pid: process.pid });
});

const server = serve({
  fetch: app.fetch,
  port: Number(process.env.PORT),
  hostname: process.env.HOST,
});

// As in the documentation of @hono/node-server.
process.on('SIGTERM', () => {
  server.close((error) => {
    if (error) {
      console.error(error);
      process.exit(1);
    }
    process.exit(0);
  });
});
