/**
 * Answers, each made once for all who ask for the same while it is being made, or in the same turn of the event loop: that many clients
 * ask at a time costs little more than that one does.
 */
export class SharedAnswers<Answer> {
  readonly #current = new Map<string, Promise<Answer>>();

  /** Rejects with what `make` throws. */
  get(key: string, make: () => Answer | Promise<Answer>): Promise<Answer> {
    const known = this.#current.get(key);
    if (known !== undefined) return known;
    // So that the promise has what it throws, too.
    const made = Promise.resolve().then(make);
    this.#current.set(key, made);
    const forget = (): void => void setImmediate(() => this.#current.delete(key));
    made.then(forget, forget);
    return made;
  }
}
