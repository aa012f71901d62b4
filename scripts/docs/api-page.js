// docs/api.md and docs/api/, from the doc comments of what the packages export. As a program, it writes them. TypeDoc reads the sources, so
// nothing need be built; it is installed when it is first needed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { code } from './markdown.js';

const root = path.join(import.meta.dirname, '../..');
const typedoc = path.join(import.meta.dirname, '../typedoc');

/** What may be imported, and the page of each. */
const pages = {
  '@baton/core': 'core',
  '@baton/core/worker': 'core-worker',
  '@baton/fastify-plugin': 'fastify-plugin',
};

/** Every page as it is to be, by its name relative to the root. */
export async function apiPages() {
  const written = runTypedoc();
  const texts = Object.fromEntries(Object.keys(pages).map((name) => [name, written(name)]));
  const files = Object.entries(texts).map(([name, text]) => [
    `docs/api/${pages[name]}.md`,
    pageOf(name, text),
  ]);
  const all = [['docs/api.md', indexOf(texts)], ...files];
  return Object.fromEntries(
    await Promise.all(
      all.map(async ([name, text]) => {
        const filepath = path.join(root, name);
        return [name, await format(text, { ...(await resolveConfig(filepath)), filepath })];
      }),
    ),
  );
}

/** Has TypeDoc write its pages to a directory of their own; what comes back reads one. */
function runTypedoc() {
  const directory = mkdtempSync(path.join(tmpdir(), 'baton-api-'));
  try {
    run('npx', ['-y', 'pnpm@12', '--dir', typedoc, 'install', '--frozen-lockfile', '--silent']);
    run(process.execPath, [path.join(typedoc, 'node_modules/typedoc/bin/typedoc'), '--out', directory]);
    const texts = new Map(
      Object.keys(pages).map((name) => [name, readFileSync(path.join(directory, `${name}.md`), 'utf8')]),
    );
    return (name) => texts.get(name);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, {
    cwd: typedoc,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} has failed; see above.`);
}

const note =
  '<!-- Written by `pnpm docs:api` from the doc comments in the sources. Change those, not this page. -->';

/** TypeDoc's page with a table of contents, and links to our own pages. */
function pageOf(name, text) {
  const plain = withLinks(withoutNoise(text), '../');
  const [title, rest] = splitAt(plain, plain.indexOf('\n'));
  const [intro, body] = splitAt(rest, rest.indexOf('\n## '));
  const contents = groupsOf(text)
    .map(
      ({ title, exports }) =>
        `- ${title}: ${exports.map(({ name, slug }) => `[${name}](#${slug})`).join(', ')}`,
    )
    .join('\n');
  return `${title}\n\n${note}\n\n${intro.trim()} [All pages of the API](../api.md).\n\n${contents}\n${body}`;
}

/** docs/api.md: what there is, by where it is imported from. */
function indexOf(texts) {
  const sections = Object.entries(texts).map(([name, text]) => {
    const page = `api/${pages[name]}.md`;
    const lines = groupsOf(text)
      .filter(({ title }) => title !== 'References')
      .flatMap(({ exports }) =>
        exports.map(
          ({ name, slug, summary }) => `- [${code(name)}](${page}#${slug}): ${withoutLinks(summary)}`,
        ),
      );
    const [, intro = ''] = /^# .*\n+([^]*?)\n+## /.exec(text) ?? [];
    return `## [${code(name)}](${page})\n\n${intro}\n\n${withLinks(lines.join('\n'), '')}`;
  });
  return `# API

${note}

What apps and tools may import. Everything else in the packages is internal, and may change in any release. Times are in milliseconds where a name
ends in \`Ms\`, in nanoseconds where it ends in \`Ns\`, and in seconds in metrics. Errors are \`BatonError\`s: [errors](errors.md) has every code.
[Diagnostics](diagnostics.md) has the channels of \`node:diagnostics_channel\`.

Begin with [\`Primary\`](api/core.md#primary), its [options](api/core.md#primaryoptions) and its [events](api/core.md#primaryevents), to run an app in
code of your own; with [\`worker\`](api/core-worker.md#batonworker), for what an app may know of its worker; with the [options of the Fastify
plugin](api/fastify-plugin.md#batonoptions). Apps that \`baton app.js\` runs need none of it.

${sections.join('\n\n')}
`;
}

/** The headings of the second level, with what is exported below each. What is exported again stands at its own place. */
function groupsOf(text) {
  return text
    .split(/^## /m)
    .slice(1)
    .map((group) => {
      const [heading, body] = splitAt(group, group.indexOf('\n'));
      const exports = body
        .split(/^### /m)
        .slice(1)
        .map((section) => {
          const [name, rest] = splitAt(section, section.indexOf('\n'));
          return { name, slug: slugOf(name), summary: summaryOf(rest) };
        });
      return { title: heading, exports };
    });
}

/** The first sentence of what is said of it. */
function summaryOf(text) {
  const prose = text
    .replaceAll(/^```[^]*?^```$/gm, '')
    .split('\n\n')
    .map((paragraph) => paragraph.trim().replaceAll('\n', ' '))
    .find((paragraph) => paragraph !== '' && paragraph !== '***' && !paragraph.startsWith('#'));
  return /^.*?[.](?= |$)/.exec(prose ?? '')?.[0] ?? prose ?? '';
}

/** TypeDoc's rules between exports, and what it says of returning nothing and of overriding. */
function withoutNoise(text) {
  return text
    .replaceAll(/^\*\*\*\n\n/gm, '')
    .replaceAll(/^#+ Returns\n\n`void`\n+/gm, '')
    .replaceAll(/^#+ Overrides\n\n.*\n+/gm, '');
}

/** Links as GitHub has them: to our pages, to the pages of errors and settings, and to headings by their own text. */
function withLinks(text, toDocs) {
  const files = Object.entries(pages).toSorted(([one], [other]) => other.length - one.length);
  const slugs = new Set(text.split('\n').flatMap((line) => (line.startsWith('#') ? [slugOf(line)] : [])));
  return outsideCode(text, (prose) => {
    let linked = prose
      .replaceAll(/\]\(#(\w+)-\d+\)/g, (link, slug) => (slugs.has(slug) ? `](#${slug})` : link))
      .replaceAll(/\]\(([\w./-]+\.md)#(\w+)-\d+\)/g, ']($1#$2)')
      .replaceAll(
        /(?<![`\w/[])BATON_[A-Z_]+[A-Z](?!\w)/g,
        (error) => `[${code(error)}](${toDocs}errors.md#${error.toLowerCase()})`,
      )
      .replaceAll(/(?<![`\w/[(])docs\/(\w+)\.md/g, (_page, page) => `[${page}](${toDocs}${page}.md)`);
    for (const [name, page] of files)
      linked = linked.replaceAll(
        new RegExp(`\\]\\((?:\\.\\./)*(?:${name}|${path.basename(name)})\\.md`, 'g'),
        `](${page}.md`,
      );
    return linked;
  });
}

function withoutLinks(text) {
  return text.replaceAll(/\[(\w+)\]\([^)]*\)/g, '$1');
}

/** Changes what is no block of code. */
function outsideCode(text, change) {
  return text
    .split(/(^```[^]*?^```$)/m)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join('');
}

/** A heading's anchor, as GitHub makes it. */
function slugOf(heading) {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-');
}

function splitAt(text, index) {
  return [text.slice(0, index), text.slice(index)];
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(path.join(root, 'docs/api'), { recursive: true });
  for (const [name, text] of Object.entries(await apiPages())) writeFileSync(path.join(root, name), text);
}
