import { BatonError } from '../errors.js';
import { checkWorkers } from '../options.js';
import type { Controlled } from './controlled.js';
import type { CommandName, CommandResults } from './protocol.js';
import { Refusal } from './refusal.js';

type Body = Record<string, unknown>;
type Result<Name extends CommandName> = Promise<Omit<CommandResults[Name], 'durationMs'>>;

/** Checks what a command was given, at once, and returns what does it. Throws a {@link Refusal}. */
export const commands: {
  [Name in CommandName]: (controlled: Controlled, body: Body) => () => Result<Name>;
} = {
  reload: (controlled, body) => {
    allowKeys(body, []);
    return async () => {
      await controlled.reload();
      const { slots: workers, generation } = controlled.status();
      return { workers, generation };
    };
  },
  scale: (controlled, body) => {
    const workers = wantedWorkers(controlled, body);
    return async () => {
      await controlled.scale(workers);
      return { workers };
    };
  },
  stop: (controlled, body) => {
    allowKeys(body, []);
    return async () => {
      await controlled.stop();
      return { pid: process.pid };
    };
  },
};

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** `{ "workers": 4 }`, or how many more or fewer than now: `{ "change": -1 }`. */
function wantedWorkers(controlled: Controlled, body: Body): number {
  allowKeys(body, ['workers', 'change']);
  const { workers, change } = body;
  if ((workers === undefined) === (change === undefined))
    throw new Refusal(400, 'scale takes either workers or change');
  const wanted = workers ?? change;
  if (!Number.isInteger(wanted)) throw new Refusal(400, 'workers and change must be whole numbers');
  const count = Number(wanted) + (change === undefined ? 0 : controlled.status().slots);
  try {
    return checkWorkers('workers', count, count);
  } catch (error) {
    throw error instanceof BatonError ? new Refusal(400, error) : error;
  }
}

function allowKeys(body: Body, allowed: readonly string[]): void {
  const wrong = Object.keys(body).find((key) => !allowed.includes(key));
  if (wrong === undefined) return;
  const which = allowed.length === 0 ? 'no keys' : `only the keys ${allowed.join(' or ')}`;
  throw new Refusal(400, `its body may have ${which}, not ${JSON.stringify(wrong)}`);
}
