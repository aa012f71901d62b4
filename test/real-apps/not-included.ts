/** What was tried for the suite and is not in it, for the page. */
export const notIncluded: readonly { what: string; why: string }[] = [
  { what: 'Restify 12', why: 'it asks for Node 22.' },
];
