import { once } from 'node:events';
import net from 'node:net';

const request = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: silence\r\n\r\n';

/** Connections that were upgraded, and say nothing more. */
export class UpgradedClients {
  readonly #sockets: net.Socket[] = [];
  #lost = 0;

  private constructor() {}

  static async open(port: number, count: number): Promise<UpgradedClients> {
    const clients = new UpgradedClients();
    while (clients.#sockets.length < count) await clients.#open(port);
    return clients;
  }

  /** How many ended that were not to. */
  get lost(): number {
    return this.#lost;
  }

  close(): void {
    for (const socket of this.#sockets) socket.removeAllListeners('close').destroy();
  }

  async #open(port: number): Promise<void> {
    const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
    this.#sockets.push(socket);
    socket.write(request);
    const [answer] = (await once(socket, 'data')) as [string];
    if (!answer.startsWith('HTTP/1.1 101 ')) throw new Error(`an upgrade was answered with ${answer}`);
    socket.on('error', () => {}).on('close', () => (this.#lost += 1));
  }
}
