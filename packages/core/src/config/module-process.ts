// A program, `node -e <this text> <file>`: runs a configuration, and writes to its descriptor 3 what that gives. It is no module for
// others to load.
import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { pathToFileURL } from 'node:url';
import { serialize } from 'node:v8';

/** What a configuration gave, and what it did to the environment; or what it threw. */
export type ModuleAnswer =
  | { content: unknown; before: NodeJS.ProcessEnv; after: NodeJS.ProcessEnv }
  | { thrown: unknown; code?: string | undefined }
  | { notPlain: string };

const [, file = ''] = process.argv;
writeFileSync(3, serializeAnswer(await run()));
// Whatever it has opened, such as a connection to where its secrets are, is of no use any more.
process.exit(0);

async function run(): Promise<ModuleAnswer> {
  const before = { ...process.env };
  try {
    const exported = defaultOf(await import(pathToFileURL(file).href));
    const content: unknown = typeof exported === 'function' ? await (exported as () => unknown)() : exported;
    return { content, before, after: { ...process.env } };
  } catch (thrown) {
    return { thrown, code: codeOf(thrown) };
  }
}

/** What a module exports as its default; also one of which a compiler has made CommonJS. */
function defaultOf(module: unknown): unknown {
  const { default: exported } = module as { default?: unknown };
  const { __esModule, default: inner } = (exported ?? {}) as { __esModule?: unknown; default?: unknown };
  return __esModule === true ? inner : exported;
}

/** It would be lost on the way, as all that an error has beside its name, text and stack. */
function codeOf(thrown: unknown): string | undefined {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function serializeAnswer(answer: ModuleAnswer): Buffer {
  try {
    return serialize(answer);
  } catch {
    if ('content' in answer) return serialize({ notPlain: inspect(answer.content) });
    return serialize({ thrown: 'thrown' in answer ? inspect(answer.thrown) : undefined });
  }
}
