import { Transform, type TransformCallback } from 'node:stream';

const newline = 0x0a;

/** A line is held until it is whole. One that is longer is written in parts, each as a line. */
const mostLineBytes = 16 * 1024;

/** Puts a prefix before each line, and passes on whole lines only: so those of several streams do not mix. */
export class LinePrefix extends Transform {
  readonly #prefix: Buffer;
  #rest = Buffer.alloc(0);

  constructor(prefix: string) {
    super();
    this.#prefix = Buffer.from(prefix);
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    const parts: Buffer[] = [];
    let text = Buffer.concat([this.#rest, chunk]);
    for (let end = lineEnd(text); end !== undefined; end = lineEnd(text)) {
      const line = text.subarray(0, end);
      parts.push(this.#prefix, line);
      if (line.at(-1) !== newline) parts.push(Buffer.of(newline));
      text = text.subarray(end);
    }
    this.#rest = Buffer.from(text);
    done(null, Buffer.concat(parts));
  }

  override _flush(done: TransformCallback): void {
    const { length } = this.#rest;
    done(null, length === 0 ? undefined : Buffer.concat([this.#prefix, this.#rest, Buffer.of(newline)]));
  }
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
