// HTTPS, with the ticket keys of the file TICKETS, given by the option or by the call; or with those of Node's.
const { readFileSync } = require('node:fs');
const answer = require('./answer.cjs');
const { by, keys = '' } = JSON.parse(readFileSync(process.env.TICKETS, 'utf8'));
const ticketKeys = Buffer.from(keys, 'hex');
const options = {
  key: readFileSync(require.resolve('./tls/key.pem')),
  cert: readFileSync(require.resolve('./tls/cert.pem')),
  sessionIdContext: 'tickets',
  ...(by === 'option' && { ticketKeys }),
};
const server = require('node:https').createServer(options, (request, response) => {
  response.end(JSON.stringify({ ...answer(request.url), keys: server.getTicketKeys().toString('hex') }));
});
if (by === 'call') server.setTicketKeys(ticketKeys);
server.listen(0, '127.0.0.1');
