import { closeSync } from 'node:fs';
import {
  parsePrimaryMessage,
  type CutOff,
  type DrainOrder,
  type FinishOrder,
  type GatherOrder,
  type ListenQuery,
  type OutsideSignal,
  type StopOrder,
  type WorkerMessage,
} from '../channel/messages.js';
import type { MessagePart, MessagesTaken } from '../channel/message-records.js';
import type { MetricsMessage } from '../channel/metric-messages.js';
import { publish } from '../diagnostics.js';
import { BatonError } from '../errors.js';
import { loadNative } from '../addon/load.js';
import { manyVacancies, noClaim, type Claim, type Errno, type NativeReceiver } from '../native.js';
import type { ConnectionHandle, ConnectionWatcher } from './connection-handle.js';
import type { ListenHandleOwner, WorkerListener } from './listen-handle.js';
import { openInspector } from './inspector.js';
import { ListenRequests, type ListenAnswer } from './listen-requests.js';
import { vacanciesOf, type ServerInternals, type SocketHandle } from './node-internals.js';
import type { OwnListenHandleOwner } from './own-listen-handle.js';
import { RequestFigures } from './request-figures.js';

/** What else the primary has to say. */
export interface PrimaryOrders {
  /** Others go on: the worker is to give them its idle connections, and to end. */
  onDrain(order: DrainOrder): void;
  /** The service stops: the app is to end. */
  onStop(order: StopOrder): void;
  /** The service stops, and nothing new comes: the worker is to end. */
  onFinish(order: FinishOrder): void;
  /** The primary is about to hear that this worker is up. */
  onUp(): void;
  /** The app has closed all that listened. */
  onNothingListens(): void;
  /** The signal that was reported has come to this worker alone. */
  onSignal(signal: OutsideSignal): void;
  /**
   * So many idle connections of these listeners are to be given back, at most; none: how many could move is to be told. Then
   * `endOrder()` is called.
   */
  onGiveBackOrder(connections: number, listeners: readonly number[]): void;
  /** The values of the app's metrics are wanted. */
  onGather(order: GatherOrder): void;
  /** The next part of the messages of the primary's owner to the app. */
  onMessage(part: MessagePart): void;
  /** The primary has taken so many parts of the app's messages. */
  onMessagesTaken(parts: number): void;
  /** Whether the primary's owner hears the app's messages from now on. */
  onMessagesHeard(isHeard: boolean): void;
  /** The primary is gone. */
  onLost(): void;
}

/** Of an error's text; the channel has room for 64 KiB. */
const longestError = 8_000;

/** The worker's view of the primary: its end of the channel. */
export class PrimaryLink implements ListenHandleOwner, OwnListenHandleOwner, ConnectionWatcher {
  readonly #receiver: NativeReceiver;
  readonly #handles = new Map<number, WorkerListener>();
  readonly #servers = new Map<ServerInternals, number>();
  readonly #requests: ListenRequests;
  /** How many HTTP requests are being answered; the primary reads it. */
  readonly #underWay: Uint32Array;
  /** Whether the primary knows that callbacks run. */
  readonly #running: Uint32Array;
  readonly #orders: PrimaryOrders;
  /** Where what becomes of requests is counted, unless that is not wanted. */
  readonly figures: RequestFigures | undefined;
  /** Called when a connection that could not be given back can be now. */
  onRoom: (() => void) | undefined;
  /** Listeners of which the app has heard `listening`. */
  readonly #listening = new Set<number>();
  /** In listener handoff: whether what listens is to accept; before the primary says so not yet, in a drain not any more. */
  #mayAccept: boolean;
  #references = 0;
  #connected = true;
  #isFinished = false;

  /** Takes the fd. Throws BATON_CHANNEL. */
  constructor(fd: number, mayAccept: boolean, countsRequests: boolean, orders: PrimaryOrders) {
    this.#mayAccept = mayAccept;
    this.#requests = new ListenRequests((message) => this.#send(message));
    this.#orders = orders;
    const { Receiver } = loadNative();
    try {
      this.#receiver = new Receiver(
        fd,
        (listener) => this.#vacancies(listener),
        (...connection) => this.#onConnection(...connection),
        (payload, socket) => this.#onControl(payload, socket),
        (connections, listeners) => orders.onGiveBackOrder(connections, listeners),
        () => this.onRoom?.(),
        () => this.#onClose(),
      );
    } catch (cause) {
      throw new BatonError('BATON_CHANNEL', [(cause as Error).message], cause);
    }
    // The processors that Baton runs on are little-endian: the lower half comes first.
    this.#underWay = new Uint32Array(this.#receiver.requests, 0, 1);
    this.#running = new Uint32Array(this.#receiver.running);
    if (countsRequests) this.figures = new RequestFigures(this.#receiver.requestCounts);
  }

  get connected(): boolean {
    return this.#connected;
  }

  get mayAccept(): boolean {
    return this.#mayAccept;
  }

  /** The servers that have their connections from the primary, and the listeners of these; also closed ones, until no connection is left. */
  get servers(): ReadonlyMap<ServerInternals, number> {
    return this.#servers;
  }

  serversOf(listeners: readonly number[]): ServerInternals[] {
    return [...this.#servers].flatMap(([server, listener]) => (listeners.includes(listener) ? [server] : []));
  }

  /** Asks for a listener. The process stays alive until the answer is there; at the end of a stop there is none to wait for. */
  listen(query: ListenQuery, answer: ListenAnswer): void {
    if (this.#isFinished) return;
    this.retain();
    this.#requests.ask(query, (result, fd) => {
      this.release();
      answer(result, fd);
    });
  }

  /** Connections of the handle's listener are its own from here on. */
  attach(handle: WorkerListener): void {
    this.#handles.set(handle.listener, handle);
    const { server, listener } = handle;
    if (!this.#servers.has(server)) server.once('close', () => this.#servers.delete(server));
    this.#servers.set(server, listener);
    this.#receiver.startListening(listener);
  }

  /** The app's server listens, and the app has heard of it. */
  reportListening(listener: number): void {
    this.#orders.onUp();
    this.#listening.add(listener);
    this.#send({ type: 'listening', listener, accepts: this.#mayAccept });
  }

  /** The app says that it is ready. */
  reportReady(): void {
    this.#orders.onUp();
    this.#send({ type: 'ready' });
  }

  /** The app has thrown what nobody caught. */
  reportFailure(error: string): void {
    this.#send({ type: 'failed', error: error.slice(0, longestError) });
  }

  /** False if the primary does not read. */
  reportMetrics(message: MetricsMessage): boolean {
    return this.#send(message) === 0;
  }

  /** A signal has come from outside; whether the app listens for it. */
  reportSignal(signal: OutsideSignal, atMs: number, isHeard: boolean): void {
    this.#send({ type: 'signal', signal, atMs, isHeard });
  }

  /** The worker has heard that the service stops; whether the app has. */
  reportStopping(isHeard: boolean): void {
    this.#send({ type: 'stopping', isHeard });
  }

  /** Of the app's messages. False if the primary does not read. */
  sendMessage(record: MessagePart | MessagesTaken): boolean {
    return this.#send(record) === 0;
  }

  /** The time to drain was over, with these connections left. */
  reportCutOff(left: CutOff): void {
    this.#send({ type: 'cut-off', ...left });
  }

  /** Gives an idle connection of the listener back. True: it is to be closed here, and is the primary's. */
  giveBack(
    listener: number,
    handle: SocketHandle & Partial<ConnectionHandle>,
    hasAnswered: boolean,
  ): boolean {
    const { fd, claim = noClaim, keptAlive = false } = handle;
    if (this.#receiver.giveBack(fd, listener, claim, keptAlive || hasAnswered) !== 0) return false;
    handle.letGo?.();
    publish('baton.handoff.given_back', () => ({ listener }));
    return true;
  }

  /** The order to give back is carried out. `movable`: of one to give none, the answer. */
  endOrder(movable = 0): void {
    this.#receiver.endOrder(movable);
  }

  /** This worker wants no more of the listener. */
  leaveListener(listener: number): void {
    this.#listening.delete(listener);
    this.#receiver.stopListening(listener);
  }

  /** The handle is closed, since its server is full. `surplus`: as for `OwnListenHandleOwner`. */
  stopAccepting(listener: number, counter: number, surplus: SocketHandle | undefined): boolean {
    return this.#receiver.stopAccepting(listener, counter, surplus?.fd ?? -1) === 0;
  }

  /** Nothing new comes to the servers any more, which therefore keep the process alive no longer. To close them is left to the app. */
  stopListening(): void {
    for (const handle of this.#handles.values()) {
      handle.stopAccepting();
      handle.unref();
      this.closed(handle);
    }
  }

  /** A connection that came over this link is about to be closed. */
  onClosing(fd: number, claim: Claim): void {
    this.#receiver.onClosing(fd, claim);
  }

  /** One is about to be reset. */
  onResetting(fd: number, claim: Claim): void {
    this.#receiver.onResetting(fd, claim);
  }

  /** A request has come. `claim`: of its connection, of which it is the first. Runs for each request. */
  onRequest(claim?: Claim): void {
    this.#underWay[0]! += 1;
    // Of others, the primary has nothing to know but that this turn has begun.
    if (claim !== undefined || this.#running[0] === 0) this.#receiver.onRequest(claim ?? noClaim);
  }

  /** So many requests have ended. */
  onResponses(count: number): void {
    this.#underWay[0]! -= count;
  }

  /** So many have ended without their response. */
  onGivenUp(count: number): void {
    this.onResponses(count);
    this.figures?.abort(count);
  }

  retain(): void {
    if (++this.#references === 1) this.#receiver.ref();
  }

  release(): void {
    if (--this.#references === 0) this.#receiver.unref();
  }

  /** Throws BATON_UNSUPPORTED_NODE. */
  own(fd: number, counter: number, server: ServerInternals): void {
    if (this.#receiver.own(fd, counter, server)) return;
    throw new BatonError('BATON_UNSUPPORTED_NODE', [
      process.version,
      'its libuv is not version 1.x, which Baton needs',
    ]);
  }

  disown(counter: number): void {
    this.#receiver.disown(counter);
  }

  closed(handle: WorkerListener): void {
    // One that does not listen any more is closed by the app later, or never.
    if (!this.#handles.delete(handle.listener)) return;
    this.leaveListener(handle.listener);
    // The server is in the middle of its close().
    if (this.#handles.size === 0) setImmediate(() => this.#orders.onNothingListens());
  }

  /** Kills this process where the primary is gone, and the event loop stands still for so long. */
  endIfBlocked(afterMs: number): void {
    this.#receiver.endIfBlocked(afterMs);
  }

  /** Takes nothing more from the primary, which gives to others what is on its way. What this worker has stays. */
  disconnect(): void {
    this.#connected = false;
    this.#receiver.leave();
  }

  #send(message: WorkerMessage): Errno {
    return this.#receiver.sendControl(JSON.stringify(message));
  }

  /** Runs for each connection. */
  #vacancies(listener: number): number {
    const handle = this.#handles.get(listener);
    return handle === undefined ? manyVacancies : vacanciesOf(handle.server);
  }

  /** The receiver gives only connections of listeners that are attached. */
  #onConnection(listener: number, fd: number, claim: Claim, keptAlive: boolean): void {
    const handle = this.#handles.get(listener);
    if (handle === undefined) return closeSync(fd);
    publish('baton.handoff.claimed', () => ({ listener, keptAlive }));
    handle.accept(fd, claim, keptAlive);
  }

  #startAccepting(): void {
    this.#mayAccept = true;
    for (const handle of this.#handles.values()) {
      if (handle.startAccepting() && this.#listening.has(handle.listener))
        this.reportListening(handle.listener);
    }
  }

  #onControl(payload: string, fd: number): void {
    const message = parsePrimaryMessage(payload);
    if (message?.type === 'listen-result') return this.#requests.settle(message.request, message, fd);
    if (fd >= 0) closeSync(fd);
    if (message?.type === 'accept') this.#startAccepting();
    if (message?.type === 'probe') this.#send({ type: 'alive', probe: message.probe });
    if (message?.type === 'inspect') openInspector();
    if (message?.type === 'gather') this.#orders.onGather(message);
    if (message?.type === 'messages') this.#orders.onMessage(message);
    if (message?.type === 'messages-taken') this.#orders.onMessagesTaken(message.parts);
    if (message?.type === 'messages-heard') this.#orders.onMessagesHeard(message.isHeard);
    if (message?.type === 'drain') {
      // A server that begins to listen now is to accept nothing by itself.
      this.#mayAccept = false;
      this.#orders.onDrain(message);
    }
    if (message?.type === 'stop') this.#orders.onStop(message);
    if (message?.type === 'finish') {
      this.#isFinished = true;
      this.#orders.onFinish(message);
    }
    if (message?.type === 'signal') this.#orders.onSignal(message.signal);
  }

  #onClose(): void {
    this.#connected = false;
    this.#orders.onLost();
  }
}
