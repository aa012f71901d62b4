import { toJson } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import { ReportReplySchema, Shop } from './shop_pb.mjs';

const protocols = {
  'gRPC-web': createGrpcWebTransport,
  gRPC: createGrpcTransport,
  Connect: createConnectTransport,
};

async function converse(shop) {
  const ticks = [];
  for await (const { value } of shop.countdown({ from: 3 })) ticks.push(value);
  const numbers = async function* () {
    for (const value of [1, 2, 3]) yield { value };
  };
  const user = await shop.getUser({ id: '1' });
  const { code, rawMessage } = await shop.getUser({ id: '9' }).catch((error) => error);
  return { user: user.name, refused: { code, rawMessage }, ticks, sum: (await shop.sum(numbers())).value };
}

export async function probe(baseUrl) {
  const answers = {};
  for (const [name, createTransport] of Object.entries(protocols)) {
    const sessionManager = new Http2SessionManager(baseUrl);
    const shop = createClient(Shop, createTransport({ baseUrl, httpVersion: '2', sessionManager }));
    answers[name] = await converse(shop);
    sessionManager.abort();
  }
  return answers;
}

/** Calls again what the server has refused to begin, as RFC 9113 (8.7) allows. */
async function report(shop) {
  try {
    return await shop.report({}, { timeoutMs: 5_000 });
  } catch (error) {
    if (!error.message.includes('NGHTTP2_REFUSED_STREAM')) throw error;
    return shop.report({}, { timeoutMs: 5_000 });
  }
}

export async function connect(baseUrl) {
  const sessionManager = new Http2SessionManager(baseUrl);
  const shop = createClient(Shop, createGrpcWebTransport({ baseUrl, httpVersion: '2', sessionManager }));
  return {
    ask: async () => JSON.stringify(toJson(ReportReplySchema, await report(shop))),
    close: () => sessionManager.abort(),
  };
}
