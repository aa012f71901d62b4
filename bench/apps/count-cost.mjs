// node count-cost.mjs counted|uncounted: prints how many nanoseconds the worker's own part takes for a request and its response on a kept
// connection. The least of many runs: that of a processor that nobody else wants.
import { channel } from 'node:diagnostics_channel';
import { underWay } from '../../packages/core/dist/worker/connection-handle.js';
import { countRequests } from '../../packages/core/dist/worker/request-count.js';
import { RequestFigures } from '../../packages/core/dist/worker/request-figures.js';

const requests = 200_000;
const runs = 40;

const number = new Uint32Array(1);
const figures = process.argv[2] === 'counted' ? new RequestFigures(new ArrayBuffer(29 * 8)) : undefined;
countRequests({
  figures,
  onRequest: () => (number[0] += 1),
  onResponses: (count) => (number[0] -= count),
});

const started = channel('http.server.request.start');
const finished = channel('http.server.response.finish');
const handle = {
  claim: 0,
  hasBegun: true,
  lastResponse: undefined,
  lastBegunAt: 0,
  earlier: undefined,
  [underWay]: 0,
};

const rawHeaders = ['host', '127.0.0.1'];

function run() {
  const begunAt = process.hrtime.bigint();
  for (let i = 0; i < requests; i++) {
    const message = { response: { statusCode: 200, req: { rawHeaders } }, socket: { _handle: handle } };
    started.publish(message);
    finished.publish(message);
  }
  return Number(process.hrtime.bigint() - begunAt) / requests;
}

let least = Infinity;
for (let i = 0; i < runs; i++) least = Math.min(least, run());
console.log(least);
