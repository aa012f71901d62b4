import { setTimeout } from 'node:timers/promises';
import { H3, HTTPError, getCookie, serve, setCookie } from 'h3';

const app = new H3();

app
  .get('/', () => 'Hello World!')
  .get('/users/:id', (event) => {
    if (event.context.params.id !== '1') throw new HTTPError({ status: 404, message: 'no such user' });
    return { id: 1, name: 'Ada' };
  })
  .post('/users', async (event) => {
    event.res.status = 201;
    return { id: 2, ...(await event.req.json()) };
  })
  .get('/login', (event) => {
    setCookie(event, 'name', 'Ada', { httpOnly: true });
    return 'welcome';
  })
  .get('/me', (event) => ({ name: getCookie(event, 'name') ?? 'nobody' }))
  .get('/stream', () => {
    const lines = async function* () {
      for (let i = 0; i < 5; i++) {
        yield new TextEncoder().encode(`line ${i}\n`);
        await setTimeout(5);
      }
    };
    return ReadableStream.from(lines());
  })
  .get('/health', () => ({ status: 'ok', pid: process.pid }))
  .get('/report', async () => {
    await setTimeout(50);
    return { rows: [1, 2, 3], pid: process.pid };
  });

serve(app, { port: process.env.PORT, hostname: process.env.HOST, node: { exclusive: false } });
