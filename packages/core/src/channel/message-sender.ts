import { mostOnTheWay, partLength, type MessagePart } from './message-records.js';

/** Of all messages that wait for the other side to take those before them, in UTF-16. */
export const mostWaiting = 8 * 1024 * 1024;

type OnSent = (error?: Error) => void;

interface Waiting {
  /** With the end of its line. */
  text: string;
  /** Where what is in no part yet begins. */
  at: number;
  onSent: OnSent;
}

/** Sends messages in their order, as the other side takes them. */
export class MessageSender {
  readonly #sendPart: (part: MessagePart) => boolean;
  /** A set, as the first of a long array is costly to remove. */
  readonly #waiting = new Set<Waiting>();
  /** What goes next, and whose ends are in it. */
  #next: { text: string; ended: OnSent[] } | undefined;
  #waitingLength = 0;
  #onTheWay = 0;

  /** `sendPart`: false if the channel takes nothing now. */
  constructor(sendPart: (part: MessagePart) => boolean) {
    this.#sendPart = sendPart;
  }

  /** How much waits, in UTF-16. */
  get waitingLength(): number {
    return this.#waitingLength;
  }

  /**
   * `json`: without line ends. `onSent`: called once all of it is in the channel, or with why it will not be. False: too much waits; the
   * message is not sent.
   */
  send(json: string, onSent: OnSent = () => {}): boolean {
    if (this.#waitingLength + json.length >= mostWaiting) return false;
    const text = `${json}\n`;
    this.#waiting.add({ text, at: 0, onSent });
    this.#waitingLength += text.length;
    this.#sendOn();
    return true;
  }

  /** The other side has taken so many parts. False: there were not so many. */
  onTaken(parts: number): boolean {
    if (parts > this.#onTheWay) return false;
    this.#onTheWay -= parts;
    this.#sendOn();
    return true;
  }

  /** Nothing that waits is sent any more. */
  close(error: Error): void {
    const waiting = [...(this.#next?.ended ?? []), ...[...this.#waiting].map(({ onSent }) => onSent)];
    this.#next = undefined;
    this.#waiting.clear();
    this.#waitingLength = 0;
    for (const onSent of waiting) onSent(error);
  }

  #sendOn(): void {
    while (this.#waitingLength > 0 && this.#onTheWay < mostOnTheWay) {
      this.#next ??= this.#cut();
      const { text, ended } = this.#next;
      if (!this.#sendPart({ type: 'messages', text })) return;
      this.#next = undefined;
      this.#onTheWay += 1;
      this.#waitingLength -= text.length;
      for (const onSent of ended) onSent();
    }
  }

  /** Takes the next part from what waits. */
  #cut(): { text: string; ended: OnSent[] } {
    let text = '';
    const ended: OnSent[] = [];
    for (const message of this.#waiting) {
      const end = message.at + partLength - text.length;
      text += message.text.slice(message.at, end);
      message.at = end;
      if (end < message.text.length) break;
      this.#waiting.delete(message);
      ended.push(message.onSent);
    }
    return { text, ended };
  }
}
