import type { PrimaryStatus } from '../status.js';

/** A running primary, as the commands see it. Each call rejects with the reason, as a text for people. */
export interface Remote {
  status(): Promise<PrimaryStatus>;
  /** Resolves with what came of it. */
  reload(): Promise<string>;
  /** Changes how many slots there are to be by so many. Calls may overlap. Resolves with what came of it. */
  scale(change: number): Promise<string>;
}

/** Finds a primary; without a name, the one that is meant then. */
export type Connect = (name: string | undefined) => Remote;
