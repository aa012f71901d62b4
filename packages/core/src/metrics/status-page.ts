import { readOwnFile } from '../own-package.js';

/** A file of the page, as it is served. */
export interface PageFile {
  type: string;
  body: string;
}

const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
} as const;

/** The live status page. It asks for nothing but its own files, and `/status`. */
export const statusPage = readPageFile('index.html', 'html');

/** What it is made of, by the path that it asks for. */
export const statusPageFiles: ReadonlyMap<string, PageFile> = new Map([
  ['/page/style.css', readPageFile('style.css', 'css')],
  ...[
    'alike',
    'crashes',
    'durations',
    'elements',
    'events',
    'figures',
    'format',
    'handoffs',
    'head',
    'history',
    'listeners',
    'main',
    'plot',
    'requests',
    'slots',
    'verdict',
  ].map((name) => [`/page/${name}.js`, readPageFile(`${name}.js`, 'js')] as const),
]);

/**
 * What a browser lets the page do: its own style and scripts, and requests to where it is from. What `/status` says can become text, but
 * no markup, since no script may make any from strings (Trusted Types).
 */
export const statusPagePolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  // Its icon.
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

function readPageFile(name: string, type: keyof typeof types): PageFile {
  return { type: types[type], body: readOwnFile(`assets/page/${name}`) };
}
