/** What was tried for the suite and is not in it, for the page. */
export const notIncluded: readonly { what: string; why: string }[] = [
  {
    what: 'Astro 6 and later',
    why: 'it asks for Node 22; its first releases say that they run on 20, and refuse it.',
  },
  { what: 'Nuxt 4.5, SvelteKit 3, React Router 8', why: 'they ask for Node 22.' },
  { what: 'AdonisJS 7, SolidStart 2', why: 'they ask for Node 24.' },
  {
    what: 'Apollo Server on `graphql` 17, Connect RPC 2.2, Datadog 6, http-proxy-3 2, New Relic 14, OpenTelemetry 0.82, Restify 12',
    why: 'they need Node 22. The versions before them are in the tables.',
  },
];
