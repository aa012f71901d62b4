// Starts a process whose parent ends at once, ends it, and tells which processes there are.
const http = require('node:http');
const { spawn } = require('node:child_process');
const { readdirSync, readFileSync } = require('node:fs');

const held = [];

async function startOrphan() {
  // It runs for as long as this process keeps the pipe.
  const parent = spawn('sh', ['-c', 'cat <&3 >&2 & echo $!'], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  held.push(parent.stdio[3]);
  const [output] = await parent.stdout.toArray();
  return { pid: Number(output) };
}

function states() {
  const found = {};
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, state, parent] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      found[pid] = { state, parent: Number(parent) };
    } catch {} // It has ended meanwhile.
  }
  return found;
}

async function answer(url) {
  if (url === '/kill') process.kill(process.pid, 'SIGKILL');
  if (url === '/start') return startOrphan();
  if (url === '/end') held.forEach((pipe) => pipe.destroy());
  return states();
}

http
  .createServer(async (request, response) => response.end(JSON.stringify(await answer(request.url))))
  .listen(0, '127.0.0.1');
