import { closeSync } from 'node:fs';
import type { ListenFailure, ListenQuery, ListenRequest, ListenerGrant } from '../channel/messages.js';
import type { Errno } from '../native.js';

/** The primary's answer to a listen request. `fd` is -1, or a socket that is now the caller's. */
export type ListenAnswer = (result: ListenerGrant | ListenFailure, fd: number) => void;

/** Requests that are under way at a time: the channel has room for so many. */
const mostRequests = 64;

/** What a worker has asked its primary to listen on, until that has answered. */
export class ListenRequests {
  readonly #send: (message: ListenRequest) => Errno;
  readonly #underWay = new Map<number, ListenAnswer>();
  /** Those that wait to be asked. */
  readonly #waiting: (() => void)[] = [];
  #last = 0;

  constructor(send: (message: ListenRequest) => Errno) {
    this.#send = send;
  }

  /** Every request is answered, once. */
  ask(query: ListenQuery, answer: ListenAnswer): void {
    if (this.#underWay.size < mostRequests) this.#ask(query, answer);
    else this.#waiting.push(() => this.#ask(query, answer));
  }

  #ask(query: ListenQuery, answer: ListenAnswer): void {
    const request = ++this.#last;
    this.#underWay.set(request, answer);
    const error = this.#send({ type: 'listen', request, ...query });
    if (error !== 0)
      process.nextTick(() => this.settle(request, { errno: -error, address: query.address }, -1));
  }

  /** The answer to the request of that number. An fd that nobody asked for is closed. */
  settle(request: number, result: ListenerGrant | ListenFailure, fd: number): void {
    const answer = this.#underWay.get(request);
    if (answer === undefined) {
      if (fd >= 0) closeSync(fd);
      return;
    }
    this.#underWay.delete(request);
    this.#waiting.shift()?.();
    answer(result, fd);
  }
}
