import { BatonError } from '../errors.js';
import { errnoName, type Errno } from '../native.js';

/** Throws BATON_SYSTEM_CALL, with `code`, `errno` and `syscall` in its cause, unless `errno` is 0. */
export function throwIfFailed(errno: Errno, syscall: string, action: string): void {
  if (errno === 0) return;
  const code = errnoName(errno);
  const cause = Object.assign(new Error(`${syscall} ${code}`), { code, errno: -errno, syscall });
  throw new BatonError('BATON_SYSTEM_CALL', [action, code], cause);
}

/** What a native function made; throws as {@link throwIfFailed} if it gave an errno instead. */
export function unlessFailed<T extends object>(result: T | Errno, syscall: string, action: string): T {
  if (typeof result !== 'number') return result;
  throwIfFailed(result, syscall, action);
  throw new TypeError(`${syscall} succeeded without a result`);
}
