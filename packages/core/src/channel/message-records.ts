/**
 * Messages of the app, in a worker, and of the primary's owner to each other: `process.send()` and `primary.send()`. They are a text of
 * lines, each the JSON of one message, which travels in parts, as a record has room for 64 KiB: a long message takes several, and short
 * ones that wait share one. Each side says how many parts it has taken, and no more than `mostOnTheWay` are on their way: so messages
 * neither fill the channel, which handoffs need, nor pile up on the other side.
 */
import { isCount } from './is-count.js';

/** The next part of the text. */
export interface MessagePart {
  type: 'messages';
  text: string;
}

/** So many parts were taken since the last such notice. */
export interface MessagesTaken {
  type: 'messages-taken';
  parts: number;
}

/** Of a message's JSON, in UTF-8. */
export const mostMessageBytes = 1024 * 1024;

/** Of the text, in UTF-16. The JSON of a part, three bytes for each at the most, fits in a record. */
export const partLength = 8_000;

export const mostOnTheWay = 8;

/** Reads what a worker says. `undefined` if it is none: a worker is not believed. */
export function parseMessageRecord(record: Record<string, unknown>): MessagePart | MessagesTaken | undefined {
  const { type, text, parts } = record;
  if (type === 'messages' && typeof text === 'string') return { type, text };
  if (type === 'messages-taken' && isCount(parts)) return { type, parts };
  return undefined;
}
