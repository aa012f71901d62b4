import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import Koa from 'koa';

const app = new Koa();
const router = new Router();

app.keys = ['a secret of the app'];

app.use(async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    ctx.status = error.status ?? 500;
    ctx.body = { error: error.message };
  }
});

router.get('/', (ctx) => {
  ctx.body = 'Hello World';
});

router.get('/users/:id', (ctx) => {
  ctx.assert(ctx.params.id === '1', 404, 'no such user');
  ctx.body = { id: 1, name: 'Ada' };
});

router.post('/users', (ctx) => {
  ctx.status = 201;
  ctx.body = { id: 2, ...ctx.request.body };
});

router.get('/stream', (ctx) => {
  ctx.type = 'text/plain';
  ctx.body = Readable.from(
    (async function* lines() {
      for (let i = 0; i < 5; i++) {
        yield `line ${i}\n`;
        await setTimeout(5);
      }
    })(),
  );
});

// Signed, so that only the app can have set it.
router.get('/login', (ctx) => {
  ctx.cookies.set('name', 'Ada', { signed: true });
  ctx.redirect('/me');
});

router.get('/me', (ctx) => {
  ctx.body = { name: ctx.cookies.get('name', { signed: true }) ?? 'nobody' };
});

router.get('/health', (ctx) => {
  ctx.body = { status: 'ok', pid: process.pid };
});

router.get('/report', async (ctx) => {
  await setTimeout(50);
  ctx.body = { rows: [1, 2, 3], pid: process.pid };
});

app.use(bodyParser()).use(router.routes()).use(router.allowedMethods());

const server = app.listen(process.env.PORT, process.env.HOST);

process.once('SIGTERM', async () => {
  server.close();
  await once(server, 'close');
  console.log('closed');
});
