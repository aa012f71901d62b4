import type { EventEmitter } from 'node:events';
import { MessageReader } from '../channel/message-reader.js';
import { mostMessageBytes, type MessagePart, type MessagesTaken } from '../channel/message-records.js';
import { MessageSender } from '../channel/message-sender.js';
import { BatonError } from '../errors.js';
import type { PrimaryEvents } from './primary-events.js';
import type { Supervisor } from './supervisor.js';
import type { WorkerHandle } from './worker-handle.js';

/** The event by which the owner hears them. */
const event = 'message';

/** Messages of the apps in the workers to the primary's owner, and of the owner to them. */
export class AppMessages {
  readonly #owner: EventEmitter<PrimaryEvents>;
  readonly #supervisor: Supervisor;
  readonly #ends = new WeakMap<WorkerHandle, { reader: MessageReader; sender: MessageSender }>();

  /** `owner`: emits the messages, and is listened to by whoever wants to hear them. */
  constructor(owner: EventEmitter<PrimaryEvents>, supervisor: Supervisor) {
    this.#owner = owner;
    this.#supervisor = supervisor;
    const { pool } = supervisor;
    const listeners = owner as EventEmitter;
    // The first comes before the listener is there, the second after it has gone.
    listeners.on('newListener', (name) => {
      if (name === event) pool.setMessagesHeard(true);
    });
    listeners.on('removeListener', (name) => {
      if (name === event) pool.setMessagesHeard(owner.listenerCount(event) > 0);
    });
  }

  /** See `Primary.send`. */
  send(slot: number, message: unknown): boolean {
    if (!Number.isInteger(slot) || slot < 0)
      throw new BatonError('BATON_INVALID_OPTION', ['slot', 'the number of a slot, from 0', slot]);
    // Of what it cannot hold at all, such as a function, there is no text.
    const text = JSON.stringify(message) as string | undefined;
    if (text === undefined)
      throw new BatonError('BATON_INVALID_OPTION', ['message', 'a value that JSON can represent', message]);
    const bytes = Buffer.byteLength(text);
    if (bytes > mostMessageBytes) throw new BatonError('BATON_MESSAGE_TOO_LONG', [bytes, mostMessageBytes]);
    const worker = this.#supervisor.slots.find(({ number }) => number === slot)?.current;
    return worker?.state === 'ready' && this.#endsFor(worker).sender.send(text);
  }

  /** A worker says something. False: it makes no sense. */
  onRecord(worker: WorkerHandle, record: MessagePart | MessagesTaken): boolean {
    const { reader, sender } = this.#endsFor(worker);
    if (record.type === 'messages-taken') return sender.onTaken(record.parts);
    const { messages, wrong } = reader.read(record);
    // Before a listener may throw.
    reader.onTaken();
    for (const message of messages) this.#owner.emit(event, this.#supervisor.infoOf(worker), message);
    return wrong === 0;
  }

  #endsFor(worker: WorkerHandle): { reader: MessageReader; sender: MessageSender } {
    const known = this.#ends.get(worker);
    if (known) return known;
    const ends = {
      reader: new MessageReader((taken) => worker.tell(taken)),
      sender: new MessageSender((part) => worker.tell(part)),
    };
    this.#ends.set(worker, ends);
    return ends;
  }
}
