import { setTimeout } from 'node:timers/promises';
import { TRPCError, initTRPC } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { z } from 'zod';

const t = initTRPC.create();

const appRouter = t.router({
  user: t.procedure.input(z.object({ id: z.string() })).query(({ input }) => {
    if (input.id !== '1') throw new TRPCError({ code: 'NOT_FOUND', message: 'no such user' });
    return { id: '1', name: 'Ada' };
  }),
  addUser: t.procedure
    .input(z.object({ name: z.string() }))
    .mutation(({ input }) => ({ id: '2', name: input.name })),
  countdown: t.procedure.input(z.number()).subscription(async function* countdown({ input }) {
    for (let i = input; i >= 0; i--) {
      await setTimeout(5);
      yield i;
    }
  }),
  report: t.procedure.query(async () => {
    await setTimeout(50);
    return { rows: [1, 2, 3], pid: process.pid };
  }),
});

createHTTPServer({ router: appRouter }).listen(Number(process.env.PORT), process.env.HOST);
