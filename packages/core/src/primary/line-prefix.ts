import { Transform, type TransformCallback } from 'node:stream';

const newline = 0x0a;

/** A line is held until it is whole. One that is longer is written in parts, each as a line. */
const mostLineBytes = 16 * 1024;

/** Puts a prefix before each line, and passes on whole lines only: so those of several streams do not mix. */
export class LinePrefix extends Transform {
  readonly #prefix: Buffer;
  #rest: Buffer = Buffer.alloc(0);

  constructor(prefix: string) {
    super();
    this.#prefix = Buffer.from(prefix);
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    const { lines, rest } = prefixWhole(this.#prefix, Buffer.concat([this.#rest, chunk]));
    this.#rest = rest;
    done(null, lines);
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#rest.length === 0 ? undefined : prefixAll(this.#prefix, this.#rest));
  }
}

/** A text that is at its end with a prefix before each line, and a newline behind the last. */
export function prefixAll(prefix: Buffer, text: Buffer): Buffer {
  const { lines, rest } = prefixWhole(prefix, text);
  return rest.length === 0 ? lines : Buffer.concat([lines, prefix, rest, Buffer.of(newline)]);
}

/** The whole lines of a text, and what is behind them. */
function prefixWhole(prefix: Buffer, text: Buffer): { lines: Buffer; rest: Buffer } {
  const parts: Buffer[] = [];
  let rest = text;
  for (let end = lineEnd(rest); end !== undefined; end = lineEnd(rest)) {
    const line = rest.subarray(0, end);
    parts.push(prefix, line);
    if (line.at(-1) !== newline) parts.push(Buffer.of(newline));
    rest = rest.subarray(end);
  }
  return { lines: Buffer.concat(parts), rest: Buffer.from(rest) };
}

/** Behind the first line, or behind the part of it that is written now; undefined while there is none. */
function lineEnd(text: Buffer): number | undefined {
  const length = text.indexOf(newline);
  if (length >= 0 && length <= mostLineBytes) return length + 1;
  return text.length > mostLineBytes ? characterStart(text, mostLineBytes) : undefined;
}

/** The start of the UTF-8 character at this place, so that none is cut in two. Its further bytes are 10xxxxxx, three at most. */
function characterStart(text: Buffer, at: number): number {
  let start = at;
  while (start > at - 3 && (text[start]! & 0xc0) === 0x80) start -= 1;
  return start;
}
