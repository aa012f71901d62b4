import { inspect } from 'node:util';

export type SendCallback = (error: Error | null) => void;

/**
 * Reads the arguments of `process.send(message[, sendHandle[, options]][, callback])` as Node does, and throws what it throws: TypeErrors
 * with the codes ERR_MISSING_ARGS and ERR_INVALID_ARG_TYPE. https://nodejs.org/api/process.html#processsendmessage-sendhandle-options-callback
 */
export function readSendArguments(
  given: readonly unknown[],
  isConnected: boolean,
): { message: unknown; handle: unknown; callback: SendCallback | undefined } {
  const at = given.findIndex((argument, index) => index > 0 && typeof argument === 'function');
  const [message, handle, options] = at < 0 ? given : given.slice(0, at);
  const callback = at < 0 ? undefined : (given[at] as SendCallback);
  if (options !== undefined && (typeof options !== 'object' || options === null))
    throw wrongType('options', 'of type object', options);
  if (!isConnected) return { message, handle, callback };
  if (message === undefined)
    throw nodeError(TypeError, 'ERR_MISSING_ARGS', 'The "message" argument must be specified');
  if (!['string', 'object', 'number', 'boolean'].includes(typeof message))
    throw wrongType('message', 'one of type string, object, number, or boolean', message);
  return { message, handle, callback };
}

/** An error of Node's own kind. */
export function nodeError(Kind: ErrorConstructor, code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Kind(message), { code });
}

function wrongType(name: string, expected: string, given: unknown): Error {
  return nodeError(
    TypeError,
    'ERR_INVALID_ARG_TYPE',
    `The "${name}" argument must be ${expected}. Received ${inspect(given, { depth: 0 })}`,
  );
}
