import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import {
  createApp,
  createError,
  createEventStream,
  createRouter,
  defineEventHandler,
  getCookie,
  getRouterParam,
  readBody,
  setCookie,
  setResponseStatus,
  toNodeListener,
} from 'h3';

const app = createApp();
const router = createRouter();
app.use(router);

router.get(
  '/',
  defineEventHandler(() => ({ hello: 'world' })),
);
router.get(
  '/users/:id',
  defineEventHandler((event) => {
    if (getRouterParam(event, 'id') !== '1') throw createError({ status: 404, message: 'no such user' });
    return { id: 1, name: 'Ada' };
  }),
);
router.post(
  '/users',
  defineEventHandler(async (event) => {
    setResponseStatus(event, 201);
    return { id: 2, ...(await readBody(event)) };
  }),
);
router.get(
  '/login',
  defineEventHandler((event) => {
    setCookie(event, 'name', 'Ada', { httpOnly: true });
    return 'welcome';
  }),
);
router.get(
  '/me',
  defineEventHandler((event) => ({ name: getCookie(event, 'name') ?? 'nobody' })),
);
router.get(
  '/events',
  defineEventHandler((event) => {
    const stream = createEventStream(event);
    const tell = async () => {
      for (let id = 0; id < 3; id++) await stream.push({ id: String(id), event: 'tick', data: 'tock' });
      await stream.close();
    };
    void tell();
    return stream.send();
  }),
);
router.get(
  '/health',
  defineEventHandler(() => ({ status: 'ok', pid: process.pid })),
);
router.get(
  '/report',
  defineEventHandler(async () => {
    await setTimeout(50);
    return { rows: [1, 2, 3], pid: process.pid };
  }),
);

createServer(toNodeListener(app)).listen(process.env.PORT, process.env.HOST);
