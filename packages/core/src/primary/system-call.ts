import { BatonError } from '../errors.js';
import { errnoName, type Errno } from '../native.js';

/** An error as Node's own functions throw it. */
export function systemError(errno: Errno, syscall?: string): NodeJS.ErrnoException {
  const code = errnoName(errno);
  const error = new Error(syscall === undefined ? code : `${syscall} ${code}`);
  return Object.assign(error, { code, errno: -errno, ...(syscall === undefined ? {} : { syscall }) });
}

/** Throws BATON_SYSTEM_CALL, with `code`, `errno` and `syscall` in its cause, unless `errno` is 0. */
export function throwIfFailed(errno: Errno, syscall: string, action: string): void {
  if (errno === 0) return;
  throw new BatonError('BATON_SYSTEM_CALL', [action, errnoName(errno)], systemError(errno, syscall));
}

/** What a native function made; throws as {@link throwIfFailed} if it gave an errno instead. */
export function unlessFailed<T extends object>(result: T | Errno, syscall: string, action: string): T {
  if (typeof result !== 'number') return result;
  throwIfFailed(result, syscall, action);
  throw new TypeError(`${syscall} succeeded without a result`);
}
