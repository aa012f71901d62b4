import type { Case, Probe } from '../case.js';
import { get } from '../probes.js';
import type { Visitor, VisitorAnswer } from '../visitor.js';

/** Answers at once, and one that takes its time. */
const load = ['/worker', '/slow'];

/** What a browser sends with a form of the app's own page. */
const ownOrigin = ({ origin }: Visitor): Record<string, string> => ({ origin, 'x-forwarded-proto': 'http' });

const urlEncoded = { 'content-type': 'application/x-www-form-urlencoded' };

/** A form of the page, sent as a browser does without JavaScript, and the page that comes then. */
const orderOnPage: Probe = async (visitor) => {
  const { text } = await visitor.get('/');
  const form = new FormData();
  for (const [, name = ''] of text.matchAll(/<input type="hidden" name="([^"]+)"/g)) form.set(name, '');
  form.set('product', 'kettle');
  const ordered = await visitor.post('/', form, ownOrigin(visitor));
  return [atAnyPort(ordered, visitor), withoutScripts(await visitor.get('/'))];
};

/** In a streamed page, scripts stand before or behind what comes later, as time has it. */
function withoutScripts({ text, ...answer }: VisitorAnswer): VisitorAnswer {
  return { ...answer, text: text.replaceAll(/<script\b.*?<\/script>/gs, '') };
}

const orderUrlEncoded: Probe = async (visitor) => {
  const headers = { ...urlEncoded, ...ownOrigin(visitor) };
  const ordered = await visitor.post('/', 'product=kettle', headers);
  return [atAnyPort(ordered, visitor), await visitor.get('/')];
};

/** A page that the app is told to make again. The worker that was told does so when it is next asked; soon all show the same. */
const renewedPage: Probe = async (visitor) => {
  const { text: before } = await visitor.get('/news');
  await visitor.post('/news/renew', '');
  const texts: string[] = [];
  for (let i = 0; i < 20; i++) texts.push((await visitor.get('/news')).text);
  return { isRenewed: !texts.slice(10).includes(before), versions: new Set(texts.slice(10)).size };
};

/** The answer without the app's own origin, which is another one each time that it is started. */
function atAnyPort(answer: VisitorAnswer, { origin }: Visitor): VisitorAnswer {
  return JSON.parse(JSON.stringify(answer).replaceAll(origin, '')) as VisitorAnswer;
}

/** The answer without its cookies: those of sessions are others for each visitor. */
function withoutCookies({ status, headers, text }: VisitorAnswer): VisitorAnswer {
  return { status, headers: { ...headers, 'set-cookie': undefined }, text };
}

export const fullStack: readonly Case[] = [
  {
    name: 'next',
    example: 'next',
    title: 'Next.js, standalone output',
    kind: 'Full-stack frameworks',
    pages: ['examples/next/README.md', 'docs/recipes/next.md'],
    packages: ['next', 'react'],
    app: '.next/standalone/server.js',
    env: { HOSTNAME: '127.0.0.1' },
    probes: {
      'a page that streams': get('/'),
      'a page of the build': get('/products/kettle'),
      'no such page': get('/products/spoon'),
      'a server action': orderOnPage,
      'a page that is made again': renewedPage,
      'a stream': get('/stream'),
      'a static file': get('/robots.txt'),
    },
    load: ['/worker', '/slow/0.1'],
  },
  {
    name: 'nest',
    example: 'nest',
    title: 'NestJS on Express',
    kind: 'Full-stack frameworks',
    pages: ['examples/nest/README.md', 'docs/recipes/nest.md'],
    packages: ['@nestjs/core', '@nestjs/platform-express', '@nestjs/terminus'],
    app: 'dist/main.js',
    env: { NO_COLOR: '1' },
    probes: {
      product: get('/products/kettle'),
      'not found': get('/products/spoon'),
      health: get('/health'),
    },
    load: ['/worker', '/slow/0.1'],
    farewell: /\[Store\] closed at SIGTERM/,
  },
  {
    name: 'nest-fastify',
    title: 'NestJS on Fastify',
    kind: 'Full-stack frameworks',
    packages: ['@nestjs/core', '@nestjs/platform-fastify', '@nestjs/websockets'],
    build: [['node_modules/@nestjs/cli/bin/nest.js', 'build']],
    app: 'dist/main.js',
    env: { NO_COLOR: '1' },
    probes: {
      json: get('/orders'),
      'a body': (visitor) => visitor.post('/orders', { product: 'kettle' }),
      'a file': get('/orders/csv'),
      'server-sent events': get('/orders/events'),
    },
    client: 'client.mjs',
    load,
    farewell: /\[Orders\] shut down at SIGTERM/,
  },
  {
    name: 'nuxt',
    title: 'Nuxt, `node-server`',
    kind: 'Full-stack frameworks',
    pages: ['docs/recipes/nuxt.md'],
    packages: ['nuxt', 'vue'],
    build: [['node_modules/nuxt/bin/nuxt.mjs', 'build']],
    app: '.output/server/index.mjs',
    probes: {
      'a page with a cookie': async (visitor) => [await visitor.get('/'), await visitor.get('/')],
      'a cached page': get('/news'),
      'a cached answer': async (visitor) => {
        const made = new Set<string>();
        for (let i = 0; i < 10; i++) made.add((await visitor.get('/offers')).text);
        return made.size;
      },
      json: get('/api/products/kettle'),
      'not found': async (visitor) => atAnyPort(await visitor.get('/api/products/spoon'), visitor),
      'a body': (visitor) => visitor.post('/api/orders', { product: 'kettle' }),
      'server-sent events': get('/events'),
    },
    load,
    farewell: /^the database is closed$/,
  },
  {
    name: 'sveltekit',
    title: 'SvelteKit, adapter-node',
    kind: 'Full-stack frameworks',
    pages: ['docs/recipes/sveltekit.md'],
    packages: ['@sveltejs/kit', '@sveltejs/adapter-node', 'svelte'],
    build: [['node_modules/vite/bin/vite.js', 'build']],
    app: 'build/index.js',
    env: { PROTOCOL_HEADER: 'x-forwarded-proto' },
    probes: {
      'a page that streams': get('/'),
      'a form action': orderUrlEncoded,
      json: get('/api/products/kettle'),
      'not found': get('/api/products/spoon'),
      'a stream': get('/stream'),
      'a static file': get('/robots.txt'),
    },
    load,
    farewell: /^closed at SIGTERM$/,
  },
  {
    name: 'react-router',
    title: 'React Router, framework mode',
    kind: 'Full-stack frameworks',
    pages: ['docs/recipes/react-router.md'],
    packages: ['react-router', '@react-router/serve', 'react'],
    build: [['node_modules/@react-router/dev/bin.js', 'build']],
    app: 'node_modules/@react-router/serve/bin.js',
    args: ['build/server/index.js'],
    probes: {
      'a page that streams': get('/'),
      'an action': orderUrlEncoded,
      'a page': get('/products/kettle'),
      'not found': get('/products/spoon'),
      'its data': get('/products/kettle.data'),
      'a static file': get('/robots.txt'),
    },
    load,
    log: 'stdout',
  },
  {
    name: 'adonis',
    title: 'AdonisJS',
    kind: 'Full-stack frameworks',
    pages: ['docs/recipes/adonis.md'],
    packages: ['@adonisjs/core', '@adonisjs/session', 'edge.js'],
    build: [['ace.js', 'build']],
    app: 'build/bin/server.js',
    env: { APP_KEY: 'a key for the tests: 32 bytes long' },
    probes: {
      'a form and a session': async (visitor) => [
        withoutCookies(await visitor.get('/')),
        withoutCookies(await visitor.post('/orders', 'product=kettle', urlEncoded)),
        withoutCookies(await visitor.get('/')),
      ],
      'bad input': async (visitor) =>
        withoutCookies(await visitor.post('/orders', { product: 'spoon' }, { accept: 'application/json' })),
      json: async (visitor) => withoutCookies(await visitor.get('/products/kettle')),
      'not found': async (visitor) => withoutCookies(await visitor.get('/products/spoon')),
    },
    load,
    farewell: /^the database is closed$/,
  },
  {
    name: 'astro',
    title: 'Astro, node adapter, standalone',
    kind: 'Full-stack frameworks',
    pages: ['docs/recipes/astro.md'],
    packages: ['astro', '@astrojs/node'],
    build: [['node_modules/astro/astro.js', 'build']],
    app: 'dist/server/entry.mjs',
    probes: {
      'a page': get('/'),
      'a page of the build': get('/about'),
      'a form': orderUrlEncoded,
      json: get('/products/kettle.json'),
      'not found': get('/products/spoon.json'),
      'a static file': get('/robots.txt'),
    },
    load,
  },
];
