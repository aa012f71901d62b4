// Has more metrics, and more labels, each time it is asked, from the first `/lie` on; some of them are none.
const http = require('node:http');
const answer = require('./answer.cjs');

let round = 0;

function metric(name, values, type = 'counter') {
  return { name, help: name, type, aggregator: 'sum', values };
}

const registry = {
  getMetricsAsJSON() {
    round += 1;
    const many = Array.from({ length: 10_000 }, (_, at) => `${round}_${at}`);
    return Promise.resolve([
      metric('true_total', [{ value: 1, labels: {} }]),
      metric(
        'labels_total',
        many.map((at) => ({ value: 1, labels: { at: `${at} ${'x'.repeat(20)}` } })),
      ),
      ...many.map((at) =>
        metric(at.endsWith('9') ? `wrong name ${at}` : `family_${at}`, [{ value: 1, labels: {} }]),
      ),
    ]);
  },
};

import('@baton/core/worker').then(({ exposeMetrics }) => {
  http
    .createServer((request, response) => {
      if (request.url === '/lie') exposeMetrics(registry);
      response.end(JSON.stringify(answer(request.url)));
    })
    .listen(0, '127.0.0.1');
});
