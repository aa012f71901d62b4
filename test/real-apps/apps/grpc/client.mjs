import path from 'node:path';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const definition = protoLoader.loadSync(path.join(import.meta.dirname, 'shop.proto'));
const { shop } = grpc.loadPackageDefinition(definition);

function client(origin) {
  // Each has a connection of its own.
  const options = { 'grpc.use_local_subchannel_pool': 1 };
  return new shop.Shop(new URL(origin).host, grpc.credentials.createInsecure(), options);
}

/** A call with one answer. */
function call(shop, method, request, options = {}) {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + 5_000;
    shop[method](request, new grpc.Metadata(options), { deadline }, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

export async function probe(origin) {
  const shop = client(origin);
  try {
    const ticks = [];
    for await (const { value } of shop.countdown({ from: 3 })) ticks.push(value);
    const sum = await new Promise((resolve, reject) => {
      const stream = shop.sum((error, answer) => (error ? reject(error) : resolve(answer)));
      for (const value of [1, 2, 3]) stream.write({ value });
      stream.end();
    });
    const refused = await call(shop, 'getUser', { id: '9' }).catch(({ code, details }) => ({
      code,
      details,
    }));
    return {
      'a call': await call(shop, 'getUser', { id: '1' }),
      'an error': refused,
      'a server stream': ticks,
      'a client stream': sum,
    };
  } finally {
    shop.close();
  }
}

export async function connect(origin) {
  const shop = client(origin);
  return {
    ask: async () => JSON.stringify(await call(shop, 'report', {})),
    close: () => shop.close(),
  };
}
