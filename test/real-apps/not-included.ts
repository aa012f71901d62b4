/** What was tried for the suite and is not in it, for the page. */
export const notIncluded: readonly { what: string; why: string }[] = [
  {
    what: 'Apollo Server on `graphql` 17, Connect RPC 2.2, Datadog 6, http-proxy-3 2, New Relic 14, OpenTelemetry 0.82, Restify 12',
    why: 'they need Node 22. The versions before them are in the tables.',
  },
];
