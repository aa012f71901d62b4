import type { OutgoingHttpHeaders } from 'node:http';
import { BatonError } from '../errors.js';

/** An answer other than 200, to a request that is wrong. */
export class Refusal extends Error {
  readonly status: number;
  readonly error: BatonError;
  readonly headers: OutgoingHttpHeaders;

  constructor(status: number, what: string | BatonError, headers: OutgoingHttpHeaders = {}) {
    const error = typeof what === 'string' ? new BatonError('BATON_CONTROL_REQUEST', [what]) : what;
    super(error.message);
    this.status = status;
    this.error = error;
    this.headers = headers;
  }
}
