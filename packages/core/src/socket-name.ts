import path from 'node:path';

const mostCharacters = 64;

/** What is left of a text as the name of a control socket; empty if nothing is. */
export function toSocketName(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, mostCharacters);
}

/** Of the name of an app's file, so that there is room for the rest. */
const mostOfApp = 24;

/** So many primaries of one package are a mistake. */
const mostNames = 100;

/**
 * The names that a primary may take whose default name is `name`, the best first. Of the app `admin.js`: `shop`, `shop-admin`,
 * `shop-admin-2`, and so on.
 */
export function namesFor(name: string, app: string): string[] {
  const ofApp = toSocketName(path.parse(app).name).slice(0, mostOfApp);
  const suffix = ofApp === '' ? '' : `-${ofApp}`;
  const numbered = Array.from({ length: mostNames }, (_, index) => `${suffix}-${index + 2}`);
  // Without a name of the app's file, the second is the first.
  const suffixes = new Set(['', suffix, ...numbered]);
  return [...suffixes].map((end) => name.slice(0, mostCharacters - end.length) + end);
}
