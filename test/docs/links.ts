import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import GithubSlugger from 'github-slugger';
import MarkdownIt, { type Token } from 'markdown-it';
import { root } from '../harness.js';

const repository = 'https://github.com/baton-node/baton';
const markdown = new MarkdownIt({ html: true, linkify: true });
// As on GitHub: what begins with https:// is a link by itself, and no bare name is.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

export interface Link {
  /** The page's file, relative to the root. */
  page: string;
  /** As it stands on the page. */
  text: string;
  /** The file or folder that it leads to, relative to the root. Undefined: it leads elsewhere. */
  target?: string;
  /** What stands behind `#`. */
  anchor?: string;
}

/** The links and images of a page: in Markdown, in HTML, and addresses that stand in its text. `page`: relative to the root. */
export function linksOf(page: string): Link[] {
  return flat(parse(page))
    .flatMap(({ type, content, attrs }) =>
      type.startsWith('html_')
        ? htmlTargets(content)
        : (attrs ?? []).filter(isTarget).map(([, text]) => text),
    )
    .map((text) => resolve(page, text));
}

/** The anchors of a page, as GitHub makes them of its headings. */
export function anchorsOf(page: string): Set<string> {
  const slugger = new GithubSlugger();
  const tokens = parse(page);
  const headings = tokens.flatMap(({ type }, index) => (type === 'heading_open' ? [tokens[index + 1]] : []));
  return new Set(headings.map((heading) => slugger.slug(textOf(heading?.children ?? []))));
}

/** What is wrong with a link that is meant to lead somewhere here. Undefined: nothing is. */
export function wrongLink({ page, text, target, anchor }: Link): string | undefined {
  if (target === undefined) return undefined;
  if (!existsSync(path.join(root, target))) return `${page}: ${text}: there is no ${target}`;
  if (anchor === undefined) return undefined;
  const file = pageAt(target);
  if (file !== undefined && anchorsOf(file).has(anchor)) return undefined;
  return `${page}: ${text}: ${file ?? target} has no heading ${anchor}`;
}

/** The page that a link to a file or a folder shows. */
export function pageAt(target: string): string | undefined {
  const isFolder = statSync(path.join(root, target), { throwIfNoEntry: false })?.isDirectory() ?? false;
  const file = isFolder ? path.join(target, 'README.md') : target;
  return file.endsWith('.md') && existsSync(path.join(root, file)) ? file : undefined;
}

function parse(page: string): Token[] {
  return markdown.parse(readFileSync(path.resolve(root, page), 'utf8'), {});
}

function flat(tokens: readonly Token[]): Token[] {
  return tokens.flatMap((token) => [token, ...flat(token.children ?? [])]);
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ type, content }) => (type.startsWith('html_') ? '' : content)).join('');
}

function isTarget([name]: readonly [string, string]): boolean {
  return name === 'href' || name === 'src';
}

function htmlTargets(html: string): string[] {
  return [...html.matchAll(/\b(?:href|src|srcset)="([^"]+)"/g)].map(([, text = '']) => text);
}

function resolve(page: string, text: string): Link {
  const [address = '', anchor] = text.split('#');
  const isAnchor = anchor !== undefined && anchor !== '' && anchor !== 'readme';
  const target = targetOf(page, address);
  return { page, text, ...(target !== undefined && { target }), ...(isAnchor && { anchor }) };
}

function targetOf(page: string, address: string): string | undefined {
  if (address === '') return page;
  if (address === repository) return 'README.md';
  const ours = /^\/(?:blob|tree)\/main\/(.*)$/.exec(
    address.startsWith(repository) ? address.slice(repository.length) : '',
  );
  if (ours?.[1] !== undefined) return decodeURI(ours[1]);
  if (/^[a-z]+:/i.test(address)) return undefined;
  return path.normalize(path.join(path.dirname(page), decodeURI(address)));
}
