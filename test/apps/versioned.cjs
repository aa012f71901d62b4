// Of which there are versions: the file VERSION says what is wrong with this one, in which slot, and where it listens.
const { readFileSync } = require('node:fs');
const http = require('node:http');
const answer = require('./answer.cjs');
const { fault, slot, hosts = ['127.0.0.1'] } = JSON.parse(readFileSync(process.env.VERSION, 'utf8'));

function load() {
  throw new Error('cannot load its settings');
}

function serve() {
  const server = http.createServer((request, response) => {
    const end = () => response.end(JSON.stringify(answer(request.url)));
    if (request.url === '/slow') setTimeout(end, 500);
    else if (request.url !== '/never') end();
  });
  return server;
}

function crash() {
  throw new Error('has lost its database');
}

const isFaulty = slot === undefined || slot === Number(process.env.BATON_SLOT);
switch (isFaulty ? fault : undefined) {
  case 'throws':
    load();
    break;
  case 'never listens':
    setInterval(() => {}, 1_000);
    break;
  case 'exits':
    process.exit(0);
    break;
  case 'crashes':
    serve().listen(0, hosts[0], () => setTimeout(crash, 1_000));
    break;
  default:
    for (const host of hosts) serve().listen(0, host);
}
