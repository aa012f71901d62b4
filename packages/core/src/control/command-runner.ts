import type { ServerResponse } from 'node:http';
import { CommandStream } from './command-stream.js';
import { commands } from './commands.js';
import type { Controlled, CutOffListener, WorkerListener } from './controlled.js';
import type { CommandEvent, CommandName, CommandRequest } from './protocol.js';

/** Runs commands, and tells those who asked for them what happens meanwhile. */
export class CommandRunner {
  readonly #controlled: Controlled;
  readonly #onCommand: (request: CommandRequest) => void;
  readonly #onStopped: () => void;
  readonly #streams = new Set<CommandStream>();
  readonly #running = new Set<Promise<void>>();

  /** `onCommand`: before one is carried out. `onStopped`: before it is answered that the primary has stopped. */
  constructor(controlled: Controlled, onCommand: (request: CommandRequest) => void, onStopped: () => void) {
    this.#controlled = controlled;
    this.#onCommand = onCommand;
    this.#onStopped = onStopped;
    controlled.on('worker', this.#onWorker);
    controlled.on('cutOff', this.#onCutOff);
  }

  /** Answers with the events and the end of the command. Throws a Refusal, with nothing done, if the body is wrong. */
  run(request: CommandRequest, body: Record<string, unknown>, response: ServerResponse): Promise<void> {
    const { command: name } = request;
    const command = commands[name](this.#controlled, body);
    this.#onCommand(request);
    const done = this.#run(name, command, new CommandStream(response));
    // Who stops a primary may wait for its control socket, which then cannot wait for the answer to that.
    if (name === 'stop') return done;
    this.#running.add(done);
    return done.finally(() => this.#running.delete(done));
  }

  /** Resolves when the commands that are under way are answered. Tells of no more workers. */
  async finish(): Promise<void> {
    this.#controlled.off('worker', this.#onWorker);
    this.#controlled.off('cutOff', this.#onCutOff);
    await Promise.all(this.#running);
  }

  async #run(name: CommandName, command: () => Promise<object>, stream: CommandStream): Promise<void> {
    const startedAt = performance.now();
    this.#streams.add(stream);
    try {
      const result = await command();
      if (name === 'stop') this.#onStopped();
      stream.end({ ...result, durationMs: Math.round(performance.now() - startedAt) });
    } catch (error) {
      stream.fail(error);
    } finally {
      this.#streams.delete(stream);
    }
  }

  readonly #onWorker: WorkerListener = (worker, { exit, deadline, error }) =>
    this.#tell({
      event: 'worker',
      worker,
      ...(exit === undefined ? {} : { exit }),
      ...(deadline === undefined ? {} : { deadline }),
      ...(error === undefined ? {} : { error: error.message }),
    });

  readonly #onCutOff: CutOffListener = (worker, cut) => this.#tell({ event: 'cut-off', worker, ...cut });

  #tell(event: CommandEvent): void {
    for (const stream of this.#streams) stream.tell(event);
  }
}
