import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { app, temporaryDirectory } from './harness.js';

/** What the app `versioned.cjs` does when it is started. */
export interface VersionOf {
  /** What is wrong with it, if anything is. `crashes`: a second after it is ready. */
  fault?: 'throws' | 'never listens' | 'exits' | 'crashes';
  /** The slot in which that is so; else it is in all. */
  slot?: number;
  /** Where it listens, each on port 0. Default 127.0.0.1. */
  hosts?: string[];
}

/** An app that is released anew by each `release()`, and with it what its workers do from then on. */
export class VersionedApp {
  readonly file = app('versioned.cjs');
  readonly env: NodeJS.ProcessEnv;
  readonly #version: string;

  constructor(test: TestContext, version: VersionOf = {}) {
    this.#version = path.join(temporaryDirectory(test), 'version.json');
    this.env = { ...process.env, VERSION: this.#version };
    this.release(version);
  }

  /** Whoever starts reads either the old one or this one. */
  release(version: VersionOf): void {
    writeFileSync(`${this.#version}.new`, JSON.stringify(version));
    renameSync(`${this.#version}.new`, this.#version);
  }
}
