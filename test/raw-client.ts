import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { TestContext } from 'node:test';

export interface ClientOptions {
  allowHalfOpen?: boolean;
  useTls?: boolean;
}

export interface RawResponse {
  status: number;
  headers: Map<string, string>;
  body: Buffer;
}

/** Clients of a test, whose end closes them. To be made before the primary, so that they are gone when that one's end is checked. */
export class RawClients {
  readonly #all: RawClient[] = [];

  constructor(test: TestContext) {
    test.after(() => Promise.all(this.#all.map((client) => client.destroy())));
  }

  async connect(port: number, options: ClientOptions = {}): Promise<RawClient> {
    const client = await RawClient.connect(port, options);
    this.#all.push(client);
    return client;
  }
}

/** A client that says what HTTP it says, byte for byte, and keeps to the one connection that it has. */
export class RawClient {
  readonly socket: net.Socket;
  /** What the server said and no one has read yet. */
  #received: Buffer[] = [];
  /** Why no more will come: `end`, or an error's code. */
  #over: string | undefined;

  /** Takes a connected socket. */
  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#received.push(chunk));
    socket.on('end', () => (this.#over ??= 'end'));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.#over ??= error.code ?? error.message));
    socket.on('close', () => (this.#over ??= 'close'));
  }

  static async connect(port: number, { useTls = false, ...rest }: ClientOptions = {}): Promise<RawClient> {
    const options = { port, host: '127.0.0.1', ...rest };
    const socket = useTls ? tls.connect({ ...options, rejectUnauthorized: false }) : net.connect(options);
    await once(socket, useTls ? 'secureConnect' : 'connect');
    return new RawClient(socket);
  }

  /** What ended it: `end`, or an error's code; `undefined` while it is open. */
  get over(): string | undefined {
    return this.#over;
  }

  send(data: string | Buffer): void {
    this.socket.write(data);
  }

  /** One request without a body, and its answer as JSON. */
  async ask(path = '/'): Promise<{ pid: number; path: string }> {
    this.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    return this.answer();
  }

  /** The next response, which is 200 and JSON. */
  async answer(): Promise<{ pid: number; path: string }> {
    const { status, body } = await this.response();
    assert.equal(status, 200, body.toString());
    return JSON.parse(body.toString()) as { pid: number; path: string };
  }

  /** The next response, whole. */
  async response(): Promise<RawResponse> {
    const [first = '', ...lines] = (await this.#readTo('\r\n\r\n'))
      .toString('latin1')
      .trimEnd()
      .split('\r\n');
    const status = Number(first.split(' ')[1]);
    const headers = new Map(lines.map((line) => parseHeader(line)));
    const hasBody = status >= 200;
    return { status, headers, body: hasBody ? await this.#body(headers) : Buffer.alloc(0) };
  }

  /** Ends the connection from this side, whatever is under way. Resolves when its descriptor is closed. */
  async destroy(): Promise<void> {
    if (this.socket.closed) return;
    const closed = once(this.socket, 'close');
    this.socket.destroy();
    await closed;
  }

  /** Resolves with what ended the connection. */
  async ended(): Promise<string> {
    while (this.#over === undefined) await this.#more();
    return this.#over;
  }

  /** The next so many bytes. */
  async read(size: number): Promise<Buffer> {
    let length = 0;
    for (let i = 0; ; i++) {
      while (i >= this.#received.length) await this.#moreOrFail(`${size} bytes`);
      length += this.#received[i]?.length ?? 0;
      if (length >= size) break;
    }
    const all = Buffer.concat(this.#received);
    this.#received = [all.subarray(size)];
    return all.subarray(0, size);
  }

  async #readTo(end: string): Promise<Buffer> {
    for (;;) {
      const all = Buffer.concat(this.#received);
      const at = all.indexOf(end);
      if (at >= 0) return this.read(at + end.length);
      await this.#moreOrFail(JSON.stringify(end));
    }
  }

  async #body(headers: Map<string, string>): Promise<Buffer> {
    const length = headers.get('content-length');
    if (length !== undefined) return this.read(Number(length));
    if (!headers.has('transfer-encoding')) {
      await this.ended();
      return Buffer.concat(this.#received.splice(0));
    }
    const chunks: Buffer[] = [];
    for (;;) {
      const size = Number.parseInt((await this.#readTo('\r\n')).toString(), 16);
      const chunk = await this.read(size + 2);
      if (size === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, size));
    }
  }

  async #moreOrFail(what: string): Promise<void> {
    if (this.#over !== undefined) assert.fail(`${this.#over} before ${what} came`);
    await this.#more();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        for (const event of ['data', 'end', 'close']) this.socket.off(event, done);
        resolve();
      };
      for (const event of ['data', 'end', 'close']) this.socket.on(event, done);
    });
  }
}

function parseHeader(line: string): [string, string] {
  const at = line.indexOf(':');
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
}
