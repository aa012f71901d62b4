import { BatonError } from '../errors.js';
import type { EventsReport, PrimaryStatus } from '../status.js';
import { connect, type Connection } from './connect.js';
import { exchange, failure, readText } from './exchange.js';
import type { CommandEvent, CommandLine, CommandName, CommandResults, ErrorObject } from './protocol.js';
import { readLines } from './read-lines.js';

/** What the primary of that name does now. Throws as {@link sendCommand} does. */
export function fetchStatus(name: string): Promise<PrimaryStatus> {
  return fetchAnswer(name, 'status');
}

/** What has happened in the primary of that name. Throws as {@link sendCommand} does. */
export function fetchEvents(name: string): Promise<EventsReport> {
  return fetchAnswer(name, 'events');
}

function fetchAnswer<Answer>(name: string, route: 'status' | 'events'): Promise<Answer> {
  return withPrimary(name, async (connection) => {
    const response = await exchange(connection, { method: 'GET', route });
    return JSON.parse(await readText(response)) as Answer;
  });
}

/**
 * Has the primary of that name carry out a command, tells `onEvent` what happens meanwhile, and resolves with the result; after
 * `stop`, when the process is gone. Throws BATON_COMMAND_FAILED, BATON_NO_PRIMARY, BATON_CONTROL_UNTRUSTED,
 * BATON_CONTROL_PROTOCOL, BATON_CONTROL_LOST, BATON_CONTROL_PATH or BATON_INVALID_OPTION.
 */
export function sendCommand<Name extends CommandName>(
  name: string,
  command: Name,
  body: object = {},
  onEvent: (event: CommandEvent) => void = () => {},
): Promise<CommandResults[Name]> {
  return withPrimary(name, async (connection) => {
    const response = await exchange(connection, { method: 'POST', route: command, body });
    const result = await readResult(readLines(response), onEvent);
    // The process keeps the connection until its end.
    if (command === 'stop') await connection.closed;
    return result as CommandResults[Name];
  });
}

async function readResult(
  lines: AsyncIterable<string>,
  onEvent: (event: CommandEvent) => void,
): Promise<unknown> {
  let end: { result: unknown } | ErrorObject | undefined;
  // To the end of the stream: to leave it before would close the connection.
  for await (const text of lines) {
    const line = JSON.parse(text) as CommandLine;
    if (!('event' in line)) end = line;
    // Versions to come may tell of more.
    else if (line.event === 'worker' || line.event === 'cut-off') onEvent(line);
  }
  if (end === undefined) throw new Error('its answer ends without a result');
  if ('error' in end) throw failure(end);
  return end.result;
}

async function withPrimary<T>(name: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connect(name);
  try {
    return await use(connection);
  } catch (error) {
    if (error instanceof BatonError) throw error;
    throw new BatonError('BATON_CONTROL_LOST', [name, (error as Error).message], error);
  } finally {
    connection.socket.destroy();
  }
}
