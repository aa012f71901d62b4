import { setTimeout } from 'node:timers/promises';
import { feathers } from '@feathersjs/feathers';
import { bodyParser, errorHandler, koa, rest } from '@feathersjs/koa';
import { memory } from '@feathersjs/memory';

class Report {
  async find() {
    await setTimeout(50);
    return { rows: [1, 2, 3], pid: process.pid };
  }
}

class Health {
  async find() {
    return { status: 'ok', pid: process.pid };
  }
}

const app = koa(feathers());

app.use(errorHandler());
app.use(bodyParser());
app.configure(rest());

app.use(
  'messages',
  memory({ store: { 1: { id: 1, text: 'Hello from Feathers' } }, paginate: { default: 10, max: 50 } }),
);
app.use('report', new Report());
app.use('health', new Health());

app.service('messages').hooks({
  before: {
    create: [
      async (context) => {
        if (!context.data.text) throw new Error('a message needs a text');
      },
    ],
  },
});

await app.listen(Number(process.env.PORT), process.env.HOST);

process.on('SIGTERM', async () => {
  await app.teardown();
  console.log('torn down');
  process.exit(0);
});
