/** What is waited for until it is so: its owner says when to look. */
export class Conditions {
  readonly #waiting = new Set<{ holds: () => boolean; resolve: () => void }>();

  /** Resolves when it holds, now or at a later `look()`. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add({ holds, resolve }));
  }

  /** What they depend on has changed. */
  look(): void {
    for (const condition of this.#waiting) {
      if (!condition.holds()) continue;
      this.#waiting.delete(condition);
      condition.resolve();
    }
  }
}
