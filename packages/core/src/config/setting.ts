import type { Kind } from './kinds.js';

/** What the table of settings says of one. */
export interface Setting<Value> {
  readonly kind: Kind<Value>;
  /** The flag as commander reads it; none for what stands on the command line by its place. */
  readonly flag?: string;
  /** The flag that turns it off. */
  readonly offFlag?: string;
  readonly offHelp?: string;
  /** The heading of `--help` below which it stands. */
  readonly group?: string;
  readonly help: string;
  /** What more there is to know, in Markdown for docs/cli.md: whole sentences, links relative to docs. */
  readonly details?: string;
  /** The default as text: a value that the flag could have, or what happens without. */
  readonly default: string;
  /** The default in watch mode, where that is another. */
  readonly watchDefault?: Value;
}
