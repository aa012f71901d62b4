import { AsyncResource } from 'node:async_hooks';
import type { Worker } from 'node:cluster';
import type { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { MessageReader } from '../channel/message-reader.js';
import { mostMessageBytes, type MessagePart } from '../channel/message-records.js';
import { MessageSender, mostWaiting } from '../channel/message-sender.js';
import { BatonError } from '../errors.js';
import type { PrimaryLink } from './primary-link.js';
import { nodeError, readSendArguments, type SendCallback } from './send-arguments.js';

/** From how much on Node's `send()` says false: lib/internal/child_process.js. In UTF-16 here. */
const backlogLength = 2 * 65_536;

/** A warning for each topic of messages that nobody hears, and for each way in which one is refused, up to so many. */
const mostWarnings = 10;

/** The messages of the app's process: `process.send()` and what goes with it, as Node has them of a forked process. */
export class ProcessMessages {
  readonly #link: PrimaryLink;
  readonly #worker: Worker;
  readonly #onReady: () => void;
  readonly #sender: MessageSender;
  readonly #reader: MessageReader;
  /** Came while nobody listened. Of these no more come than the channel has: the primary is not told that they were taken. */
  readonly #unheard: { message: unknown; isLastOfPart: boolean }[] = [];
  /** Listeners for `message` that are Node's own: by one, `cluster.worker` has what the process has. */
  readonly #nodesListeners = process.listenerCount('message');
  readonly #warned = new Set<string | undefined>();
  /** Whether anybody in the primary listens. */
  #isHeard: boolean;
  #mayRetain = true;
  #retains = false;

  /** `onReady`: the app has sent `ready`. */
  constructor(link: PrimaryLink, worker: Worker, isHeard: boolean, onReady: () => void) {
    this.#link = link;
    this.#worker = worker;
    this.#isHeard = isHeard;
    this.#onReady = onReady;
    this.#sender = new MessageSender((part) => link.sendMessage(part));
    this.#reader = new MessageReader((taken) => link.sendMessage(taken));
    const onNewListener = (event: string | symbol): void => {
      // This comes before the listener is there.
      if (event === 'message') for (const _ of this.#unheard) process.nextTick(() => this.#deliver());
    };
    process.on('newListener', onNewListener);
    worker.on('newListener', onNewListener);
    const send = (...given: unknown[]): boolean => this.#send(given);
    Object.assign(process, {
      connected: true,
      channel: { ref: () => this.#retain(), unref: () => this.#release() },
      send,
      disconnect: () => this.#disconnect(),
    });
    worker.send = send;
  }

  /** The next part of the messages of the primary's owner. */
  onPart(part: MessagePart): void {
    const { messages } = this.#reader.read(part);
    if (messages.length === 0) this.#reader.onTaken();
    for (const [index, message] of messages.entries()) {
      this.#unheard.push({ message, isLastOfPart: index === messages.length - 1 });
      process.nextTick(() => this.#deliver());
    }
  }

  onTaken(parts: number): void {
    this.#sender.onTaken(parts);
  }

  /** Whether anybody in the primary listens, from now on. */
  onHeard(isHeard: boolean): void {
    this.#isHeard = isHeard;
  }

  /** The worker is to end: whatever the app has asked for, the channel does not keep it. */
  letEnd(): void {
    this.#mayRetain = false;
    this.#release();
  }

  /** The channel is closed. */
  close(): void {
    this.letEnd();
    // As Node leaves them.
    Object.assign(process, { connected: false, channel: null });
    this.#sender.close(channelClosed());
    process.nextTick(() => {
      process.emit('disconnect');
      this.#worker.emit('disconnect');
    });
  }

  #deliver(): void {
    const isListening =
      process.listenerCount('message') > this.#nodesListeners || this.#worker.listenerCount('message') > 0;
    const next = isListening ? this.#unheard.shift() : undefined;
    if (next === undefined) return;
    if (next.isLastOfPart) this.#reader.onTaken();
    process.emit('message', next.message, undefined);
  }

  #send(given: unknown[]): boolean {
    const { message, handle, callback } = readSendArguments(given, this.#link.connected);
    const fail = (error: Error): false => {
      if (callback) process.nextTick(callback, error);
      else process.nextTick(() => emitError(error));
      return false;
    };
    if (!this.#link.connected) {
      // Node emits an error where there is no callback. But this worker still finishes its requests, and a library that logs one by a
      // message is not to keep it from that.
      return callback ? fail(channelClosed()) : false;
    }
    if (handle) return fail(new BatonError('BATON_HANDLE_NOT_SENT', []));
    if (message === 'ready') this.#onReady();
    // Of what `toJSON()` makes nothing of, there is no text.
    if (this.#isHeard) return this.#sendJson(JSON.stringify(message) ?? 'null', callback);
    if (message !== 'ready') this.#warnUnheard(message);
    if (callback) process.nextTick(callback, null);
    return true;
  }

  #sendJson(text: string, callback: SendCallback | undefined): boolean {
    const bytes = Buffer.byteLength(text);
    if (bytes > mostMessageBytes)
      return this.#refuse(new BatonError('BATON_MESSAGE_TOO_LONG', [bytes, mostMessageBytes]), callback);
    // In the context of this call, whenever that is.
    const onSent = callback && AsyncResource.bind(callback);
    const isTaken = this.#sender.send(text, (error) => {
      if (onSent) process.nextTick(onSent, error ?? null);
    });
    if (!isTaken) return this.#refuse(new BatonError('BATON_MESSAGES_WAIT', [mostWaiting]), callback);
    return this.#sender.waitingLength < backlogLength;
  }

  /** Unlike a wrong call, what depends on the load, or on data, does not end a process that takes no callback. */
  #refuse(error: BatonError, callback: SendCallback | undefined): false {
    if (callback) process.nextTick(callback, error);
    else this.#warnOnce(error.code, error.message);
    return false;
  }

  #warnUnheard(message: unknown): void {
    const topic = topicOf(message);
    const example = inspect(topic ?? message, { depth: 0, breakLength: Infinity, maxStringLength: 60 });
    this.#warnOnce(
      topic,
      `Messages such as ${example} are dropped: nothing in the primary listens for them. See Baton's docs/messages.md.`,
    );
  }

  #warnOnce(kind: string | undefined, message: string): void {
    if (this.#warned.has(kind) || this.#warned.size === mostWarnings) return;
    this.#warned.add(kind);
    process.emitWarning(message, 'BatonWarning');
  }

  #retain(): void {
    if (!this.#mayRetain || this.#retains) return;
    this.#retains = true;
    this.#link.retain();
  }

  #release(): void {
    if (!this.#retains) return;
    this.#retains = false;
    this.#link.release();
  }

  #disconnect(): void {
    if (this.#link.connected) this.#worker.disconnect();
    else emitError(nodeError(Error, 'ERR_IPC_DISCONNECTED', 'IPC channel is already disconnected'));
  }
}

function emitError(error: Error): void {
  (process as EventEmitter).emit('error', error);
}

function channelClosed(): Error {
  return nodeError(Error, 'ERR_IPC_CHANNEL_CLOSED', 'Channel closed');
}

/** What a message is called, by the names that libraries give that; those without are all of one kind. */
function topicOf(message: unknown): string | undefined {
  const named = message as Record<string, unknown> | null;
  const names = ['topic', 'type', 'cmd', 'event'].map((name) => named?.[name]);
  return names.find((name): name is string => typeof name === 'string');
}
