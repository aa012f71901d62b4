import type { ServerResponse } from 'node:http';
import { describeError, type CommandEvent, type CommandLine } from './protocol.js';

/** What is kept for a client that does not read what it is told. */
const mostUnreadBytes = 1024 * 1024;

/** The answer to a command, which may take long: a line of JSON for each event, then one with the result or the error. */
export class CommandStream {
  readonly #response: ServerResponse;

  /** Sends the headers at once, so that the client knows that the command is under way. */
  constructor(response: ServerResponse) {
    this.#response = response;
    // The client may go. What it has asked for is done all the same.
    response.on('error', () => {});
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    response.flushHeaders();
  }

  tell(event: CommandEvent): void {
    this.#write(event);
    if (this.#response.writableLength > mostUnreadBytes) this.#response.destroy();
  }

  end(result: object): void {
    this.#write({ result });
    this.#response.end();
  }

  fail(error: unknown): void {
    this.#write(describeError(error));
    this.#response.end();
  }

  #write(line: CommandLine): void {
    if (!this.#response.destroyed) this.#response.write(`${JSON.stringify(line)}\n`);
  }
}
