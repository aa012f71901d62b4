// What tRPC's own client is told.
import { createTRPCClient, httpBatchLink } from '@trpc/client';

export async function probe(origin) {
  const client = createTRPCClient({ links: [httpBatchLink({ url: origin })] });
  const [first, second, fails] = await Promise.all([
    client.user.query({ id: '1' }),
    client.addUser.mutate({ name: 'Grace' }),
    client.user.query({ id: '9' }).catch((error) => ({ message: error.message, data: error.data })),
  ]);
  return { 'a batch': { first, second, fails } };
}
