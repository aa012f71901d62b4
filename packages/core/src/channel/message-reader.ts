import { mostMessageBytes, mostOnTheWay, type MessagePart, type MessagesTaken } from './message-records.js';

/** Reads messages from the parts of their text, and keeps no more of one than it may have. */
export class MessageReader {
  readonly #tellTaken: (notice: MessagesTaken) => boolean;
  /** Of the line that has not ended. */
  #line = '';
  #isTooLong = false;
  /** Parts that were taken, and of which the sender does not know. */
  #untold = 0;

  /** `tellTaken`: false if the sender cannot be told now. */
  constructor(tellTaken: (notice: MessagesTaken) => boolean) {
    this.#tellTaken = tellTaken;
  }

  /** The messages that end in the next part; `wrong`: others that were none. Once these are dealt with, `onTaken()` is to be called. */
  read({ text }: MessagePart): { messages: unknown[]; wrong: number } {
    const lines = text.split('\n');
    const rest = lines.pop() ?? '';
    const read: { messages: unknown[]; wrong: number } = { messages: [], wrong: 0 };
    for (const line of lines) {
      this.#add(line);
      try {
        if (this.#isTooLong) read.wrong += 1;
        else read.messages.push(JSON.parse(this.#line));
      } catch {
        read.wrong += 1;
      }
      this.#line = '';
      this.#isTooLong = false;
    }
    this.#add(rest);
    return read;
  }

  /** A part is dealt with. The sender is told before it has to wait. */
  onTaken(): void {
    this.#untold += 1;
    if (this.#untold < mostOnTheWay / 2) return;
    if (this.#tellTaken({ type: 'messages-taken', parts: this.#untold })) this.#untold = 0;
  }

  #add(text: string): void {
    this.#isTooLong ||= this.#line.length + text.length > mostMessageBytes;
    this.#line = this.#isTooLong ? '' : this.#line + text;
  }
}
