/** Runs what must not overlap, one after the other, in the order in which it was asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Settles as `action` does. One that fails does not keep the next from its turn. */
  take<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(action, action);
    this.#last = turn;
    // Whoever asked hears of it; the next in turn does not.
    turn.catch(() => {});
    return turn;
  }
}
