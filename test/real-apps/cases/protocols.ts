import type { Case, Probe } from '../case.js';
import { get, load } from '../probes.js';

function graphql(query: string, variables: object = {}): Probe {
  return (visitor) => visitor.post('/graphql', { query, variables }, { accept: 'application/json' });
}

function graphqlGet(query: string): string {
  return `/graphql?query=${encodeURIComponent(query)}`;
}

export const protocols: readonly Case[] = [
  {
    name: 'apollo',
    title: 'Apollo Server 5',
    kind: 'APIs and protocols',
    packages: ['@apollo/server', 'graphql'],
    app: 'app.mjs',
    load: [`/?query=${encodeURIComponent('{ report { rows pid } }')}`],
    loadHeaders: { 'apollo-require-preflight': 'true' },
    probes: {
      query: (visitor) => visitor.post('/', { query: '{ books { title author } }' }),
      'a query with variables': (visitor) =>
        visitor.post('/', {
          query: 'query ($author: String) { books(author: $author) { title } }',
          variables: { author: 'Paul Auster' },
        }),
      mutation: (visitor) =>
        visitor.post('/', {
          query: 'mutation { addBook(title: "Emma", author: "Jane Austen") { title author } }',
        }),
      'an invalid query': (visitor) => visitor.post('/', { query: '{ nothing }' }),
      'a resolver that fails': (visitor) => visitor.post('/', { query: '{ fails }' }),
    },
  },
  {
    name: 'graphql-yoga',
    title: 'GraphQL Yoga 5',
    kind: 'APIs and protocols',
    packages: ['graphql-yoga', 'graphql'],
    app: 'app.mjs',
    probes: {
      query: graphql('query ($name: String) { hello(name: $name) }', { name: 'Ada' }),
      'an invalid query': graphql('{ nothing }'),
      upload: (visitor) => {
        const form = new FormData();
        const query = 'mutation ($file: File!) { upload(file: $file) }';
        form.set('operations', JSON.stringify({ query, variables: { file: null } }));
        form.set('map', JSON.stringify({ 0: ['variables.file'] }));
        form.set('0', new File(['some notes'], 'notes.txt', { type: 'text/plain' }));
        return visitor.post('/graphql', form);
      },
      'a subscription (SSE)': (visitor) =>
        visitor.post(
          '/graphql',
          { query: 'subscription { countdown(from: 3) }' },
          { accept: 'text/event-stream' },
        ),
    },
    load: [graphqlGet('{ report { rows pid } }')],
  },
  {
    name: 'trpc',
    title: 'tRPC 11',
    kind: 'APIs and protocols',
    packages: ['@trpc/server', '@trpc/client'],
    app: 'app.mjs',
    client: 'client.mjs',
    probes: {
      query: get(`/user?input=${encodeURIComponent('{"id":"1"}')}`),
      'not found': get(`/user?input=${encodeURIComponent('{"id":"9"}')}`),
      'a subscription (SSE)': get(`/countdown?input=3`, { accept: 'text/event-stream' }),
    },
    load: ['/report'],
  },
  {
    name: 'connect-rpc',
    title: 'Connect RPC 2: gRPC, gRPC-web and Connect over HTTP/2',
    kind: 'APIs and protocols',
    packages: ['@connectrpc/connect-node'],
    app: 'app.mjs',
    client: 'client.mjs',
    remark:
      'a client that opens a stream just as a reload ends its HTTP/2 session gets REFUSED_STREAM: the server has not begun the call. Clients of gRPC call again by themselves. With Connect the app does, as the client of this suite does.',
  },
  {
    name: 'grpc',
    title: 'gRPC',
    kind: 'APIs and protocols',
    packages: ['@grpc/grpc-js'],
    app: 'app.js',
    client: 'client.mjs',
    farewell: /^shut down$/,
  },
];

export const sockets: readonly Case[] = [
  {
    name: 'ws',
    title: 'ws',
    kind: 'WebSockets and proxies',
    packages: ['ws'],
    app: 'app.mjs',
    client: 'client.mjs',
    load,
  },
  {
    name: 'socket-io',
    title: 'Socket.IO 4',
    kind: 'WebSockets and proxies',
    packages: ['socket.io', 'socket.io-client'],
    app: 'app.mjs',
    batonArgs: ['--policy', 'sticky', '--stall-after', '2s'],
    // With listeners, it is the kernel that chooses a worker.
    handoffs: ['connections'],
    client: 'client.mjs',
    load,
    remark:
      'runs with `--policy sticky`, which long polling needs, and `--stall-after 2s`: else the requests of a client go to another worker when its own is busy for 20 ms, and that one does not know its session. With `--handoff listeners` the kernel chooses the worker, and long polling fails.',
  },
  {
    name: 'http-proxy',
    title: 'http-proxy',
    kind: 'WebSockets and proxies',
    packages: ['http-proxy'],
    app: 'app.js',
    client: 'client.mjs',
    upstream: 'upstream.mjs',
    probes: {
      GET: get('/path'),
      POST: (visitor) => visitor.post('/path', { name: 'Grace' }),
      'not found': get('/nothing'),
    },
    load,
  },
  {
    name: 'http-proxy-3',
    title: 'http-proxy-3',
    kind: 'WebSockets and proxies',
    packages: ['http-proxy-3'],
    app: 'app.mjs',
    client: 'client.mjs',
    upstream: 'upstream.mjs',
    probes: {
      GET: get('/path'),
      POST: (visitor) => visitor.post('/path', { name: 'Grace' }),
      'not found': get('/nothing'),
    },
    load,
  },
];
