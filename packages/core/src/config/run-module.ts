import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import { noInspector, withoutProgram } from '../exec-argv.js';
import type { ModuleAnswer } from './module-process.js';

/** Where a configuration runs. */
export interface ModuleSurroundings {
  cwd: string;
  /** What it finds in `process.env`, beside what node's own options and preloads put there. */
  env: Readonly<NodeJS.ProcessEnv>;
  /** Ends it when it is not wanted any more. */
  signal?: AbortSignal | undefined;
}

/** Read now: the file may be gone later, with the release that it was a part of. */
const program = readFileSync(new URL('module-process.js', import.meta.url), 'utf8');

/** Node's advice on a package.json without "type", at each reload; either syntax is right there. */
const quiet = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON';

/**
 * Runs a configuration in a process of its own, so that each time it is run anew, with all that it imports, and with environment
 * files as they are then: a module that a process has run once it never runs again. `ended`: how it ended without an answer.
 */
export async function runModule(
  file: string,
  { cwd, env, signal }: ModuleSurroundings,
): Promise<ModuleAnswer | { ended: string }> {
  // The port of the inspector is this process's own.
  const execArgv = [...withoutProgram(process.execArgv), ...noInspector, quiet];
  const child = spawn(process.execPath, [...execArgv, '--input-type=module', '-e', program, file], {
    cwd,
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    ...(signal && { signal, killSignal: 'SIGKILL' }),
  });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    child.stdio[3]?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', ({ message }) => resolve({ ended: message }));
    child.on('close', (code, killedBy) => {
      const answer = Buffer.concat(chunks);
      if (answer.length > 0) resolve(deserialize(answer) as ModuleAnswer);
      else resolve({ ended: killedBy === null ? `with code ${code}` : `by ${killedBy}` });
    });
  });
}
