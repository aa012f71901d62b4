import { createHash } from 'node:crypto';
import { readOwnFile } from '../own-package.js';

/** The live status page: one file, which asks for nothing but `/status`. */
export const statusPage = readOwnFile('assets/status.html');

/**
 * What a browser lets the page do: its own style and script, and requests to where it is from. What `/status` says can become text, but
 * no markup, since no script may make any from strings (Trusted Types).
 */
export const statusPagePolicy = [
  "default-src 'none'",
  `style-src ${hashOf('style')}`,
  `script-src ${hashOf('script')}`,
  "connect-src 'self'",
  // Its icon.
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Of all between the tags, to the byte: https://www.w3.org/TR/CSP3/#match-element-to-source-list */
function hashOf(element: 'style' | 'script'): string {
  const [, text = ''] = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(statusPage) ?? [];
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
