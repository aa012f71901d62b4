import { worker } from '@baton/core/worker';
import type { FastifyInstance } from 'fastify';

/** What is used of `app.websocketServer`, which `@fastify/websocket` has: a server of the package `ws`. */
interface WebSocketServer {
  readonly clients: Iterable<WebSocketClient>;
  on(event: 'connection', listener: (client: WebSocketClient) => void): void;
}

interface WebSocketClient {
  close(code: number): void;
}

/** RFC 6455, registry of close codes: the client may come back, to another worker. */
const serviceRestart = 1012;

/**
 * Closes the WebSockets of `@fastify/websocket` as soon as the worker is to end, or the app is closed in it, and those that are opened after that: they cannot move
 * to another worker, and nothing else would end them before the time to drain is over. Wherever in the app that plugin is registered,
 * before this one or later.
 */
export function closeWebSocketsWhenDraining(app: FastifyInstance): void {
  const contexts: object[] = [app];
  app.addHook('onRegister', (context) => void contexts.push(context));
  const onDraining = (): void => {
    // A context has what the one around it has.
    const servers = new Set(
      contexts.map((context) => (context as { websocketServer?: WebSocketServer }).websocketServer),
    );
    for (const server of servers) if (server) closeAll(server);
  };
  worker.once('draining', onDraining);
  // The app hears of a stop before that, and may close itself.
  if (worker.isWorker) app.addHook('preClose', async () => onDraining());
  app.addHook('onClose', async () => void worker.off('draining', onDraining));
}

function closeAll(server: WebSocketServer): void {
  const close = (client: WebSocketClient): void => client.close(serviceRestart);
  for (const client of server.clients) close(client);
  server.on('connection', close);
}
