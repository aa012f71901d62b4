// Authenticates connections, as NTLM does: a challenge that only this process knows, then the answer to it; no request after that is asked.
const { randomBytes } = require('node:crypto');
const answer = require('./answer.cjs');
const sessions = new WeakMap();

const server = require('node:http').createServer((request, response) => {
  const { socket } = request;
  const session = sessions.get(socket) ?? {};
  sessions.set(socket, session);
  const [, step, proof] = /^NTLM (\w+)\.?(\w*)$/.exec(request.headers.authorization ?? '') ?? [];
  const refuse = (status, challenge) =>
    response.writeHead(status, challenge && { 'WWW-Authenticate': challenge }).end('{}');
  if (step === 'negotiate') refuse(401, `NTLM ${(session.challenge = randomBytes(8).toString('hex'))}`);
  else if (step === 'authenticate' && proof !== session.challenge)
    refuse(500); // a challenge that was not ours
  else if (step === 'authenticate') {
    session.isAuthenticated = true;
    response.end(JSON.stringify(answer(request.url)));
  } else if (session.isAuthenticated) response.end(JSON.stringify(answer(request.url)));
  else refuse(401, 'NTLM');
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1');
