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
    allowKeys(body, ['allowDroppedListeners']);
    const { allowDroppedListeners } = body;
    if (allowDroppedListeners !== undefined && typeof allowDroppedListeners !== 'boolean')
      throw new Refusal(400, 'allowDroppedListeners must be true or false');
    const options = allowDroppedListeners === undefined ? {} : { allowDroppedListeners };
    return async () => {
      const { workers, generation } = await controlled.reload(options);
      return { workers, generation };
    };
  },
  scale: (controlled, body) => {
    const scale = wantedScale(controlled, body);
    return async () => {
      await scale();
      return { workers: controlled.status().slots };
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

/** `{ "workers": 4 }`, or how many more or fewer than there are when it is its turn: `{ "change": -1 }`. */
function wantedScale(controlled: Controlled, body: Body): () => Promise<void> {
  allowKeys(body, ['workers', 'change']);
  const { workers, change } = body;
  if ((workers === undefined) === (change === undefined))
    throw new Refusal(400, 'scale takes either workers or change');
  const wanted = workers ?? change;
  if (!Number.isInteger(wanted)) throw new Refusal(400, 'workers and change must be whole numbers');
  const given = Number(wanted);
  const count = given + (change === undefined ? 0 : controlled.status().slots);
  try {
    checkWorkers('workers', count, count);
  } catch (error) {
    throw error instanceof BatonError ? new Refusal(400, error) : error;
  }
  return () => (change === undefined ? controlled.scale(given) : controlled.scaleBy(given));
}

function allowKeys(body: Body, allowed: readonly string[]): void {
  const wrong = Object.keys(body).find((key) => !allowed.includes(key));
  if (wrong === undefined) return;
  const which = allowed.length === 0 ? 'no keys' : `only the keys ${allowed.join(' or ')}`;
  throw new Refusal(400, `its body may have ${which}, not ${JSON.stringify(wrong)}`);
}
