import net from 'node:net';

const patienceMs = 5_000;
const betweenAttemptsMs = 50;
const answerHead = /^HTTP\/1\.1 200 [^]*?\r\nContent-Length: (\d+)(?=\r\n)[^]*?\r\n\r\n/i;

/**
 * Clients that keep one connection each. Every one asks when it has opened it, and then once a second, at a time of its own; it opens
 * another when that ends.
 */
export class KeptClients {
  readonly #clients: KeptClient[] = [];
  readonly #pace: NodeJS.Timeout;
  #turn = 0;
  #lost = 0;

  /** Opens nothing yet. */
  constructor(port: number, count: number) {
    const onLost = (): void => void (this.#lost += 1);
    for (let i = 0; i < count; i++) this.#clients.push(new KeptClient(port, onLost));
    this.#pace = setInterval(() => this.#clients[this.#turn++ % count]?.askAgain(), 1_000 / count);
  }

  /** Opens the connections of all, so many at a time; the next when all of those are answered. */
  async open(atATime: number): Promise<void> {
    for (let first = 0; first < this.#clients.length; first += atATime)
      await Promise.all(this.#clients.slice(first, first + atATime).map((client) => client.open()));
  }

  /** Resolves when each has a connection on which it was answered. */
  async allOpen(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.answered()));
  }

  /** Asks on all, and resolves with the slots that answered, and how many connections each has. */
  async slots(): Promise<Map<number, number>> {
    const slots = await Promise.all(this.#clients.map((client) => client.ask()));
    const counts = new Map<number, number>();
    for (const slot of slots) counts.set(slot, (counts.get(slot) ?? 0) + 1);
    return counts;
  }

  /** Connections that ended under their client since the last call, with or without a request on them, or were not to be had. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  close(): void {
    clearInterval(this.#pace);
    for (const client of this.#clients) client.close();
  }
}

class KeptClient {
  readonly #port: number;
  readonly #onLost: () => void;
  #socket: net.Socket | undefined;
  #received = '';
  /** When the request was sent that is under way. */
  #askedAt: number | undefined;
  #hasAnswer = false;
  #waiting: ((slot: number) => void)[] = [];
  #isClosed = false;

  constructor(port: number, onLost: () => void) {
    this.#port = port;
    this.#onLost = onLost;
  }

  /** Resolves with the slot that answered the first request. */
  open(): Promise<number> {
    const answered = this.#nextAnswer();
    this.#connect();
    return answered;
  }

  /** Resolves when a request has been answered on the connection that is open. */
  async answered(): Promise<void> {
    if (!this.#hasAnswer) await this.#nextAnswer();
  }

  /** Resolves with the slot that answers, on this connection or on the next one. */
  ask(): Promise<number> {
    const answered = this.#nextAnswer();
    this.#send();
    return answered;
  }

  /** It is its turn: a request, or the end of one that has taken too long. */
  askAgain(): void {
    if (this.#askedAt === undefined) this.#send();
    else if (performance.now() - this.#askedAt > patienceMs) this.#socket?.destroy();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  #connect(): void {
    if (this.#isClosed) return;
    const socket = net.connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    let wasOpen = false;
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      wasOpen = true;
      this.#socket = socket;
      this.#send();
    });
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#socket = undefined;
      this.#askedAt = undefined;
      this.#hasAnswer = false;
      this.#received = '';
      if (this.#isClosed) return;
      this.#onLost();
      if (wasOpen) this.#connect();
      else setTimeout(() => this.#connect(), betweenAttemptsMs);
    });
  }

  #send(): void {
    if (this.#askedAt !== undefined || this.#socket === undefined) return;
    this.#askedAt = performance.now();
    this.#socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  }

  #read(text: string): void {
    this.#received += text;
    const [whole, length] = answerHead.exec(this.#received) ?? [];
    if (whole === undefined || this.#received.length < whole.length + Number(length)) return;
    const slot = Number(this.#received.slice(whole.length));
    this.#received = '';
    this.#askedAt = undefined;
    this.#hasAnswer = true;
    for (const tell of this.#waiting.splice(0)) tell(slot);
  }

  #nextAnswer(): Promise<number> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
