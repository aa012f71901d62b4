// As counts-with-clients.mjs, in CommonJS. LATE: it loads the clients when it is first asked for that.
const baton = require('@baton/fastify-plugin');
const Fastify = require('fastify');

const { CLIENTS = '', LATE } = process.env;
const count = () => {
  for (const name of CLIENTS.split(' ').filter(Boolean)) {
    const { Counter } = require(name);
    new Counter({ name: 'mine_total', help: 'Mine.', labelNames: ['client'] }).inc({ client: name });
  }
};
if (!LATE) count();
const app = Fastify();
app.register(baton, { metricsRoute: true });
app.get('/', () => 'hello');
app.get('/count', () => {
  count();
  return 'counted';
});
void app.listen({ host: '127.0.0.1', port: 0 });
