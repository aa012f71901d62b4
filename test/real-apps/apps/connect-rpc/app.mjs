import { createServer } from 'node:http2';
import { setTimeout } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
// Generated from shop.proto: buf generate, with protoc-gen-es.
import { Shop } from './shop_pb.mjs';

const routes = (router) =>
  router.service(Shop, {
    getUser({ id }) {
      if (id !== '1') throw new ConnectError('no such user', Code.NotFound);
      return { id: '1', name: 'Ada' };
    },
    async *countdown({ from }) {
      for (let value = from; value >= 0; value--) {
        yield { value };
        await setTimeout(5);
      }
    },
    async sum(ticks) {
      let value = 0;
      for await (const tick of ticks) value += tick.value;
      return { value };
    },
    async report() {
      await setTimeout(50);
      return { rows: [1, 2, 3], pid: process.pid };
    },
  });

createServer(connectNodeAdapter({ routes })).listen(process.env.PORT, process.env.HOST);
