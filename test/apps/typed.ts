import { createServer, type IncomingMessage } from 'node:http';
interface Seen {
  slot: number;
  url: string | undefined;
}
createServer((request: IncomingMessage, response) => {
  const seen: Seen = { slot: Number(process.env['BATON_SLOT']), url: request.url };
  response.end(JSON.stringify(seen));
}).listen(0, '127.0.0.1');
