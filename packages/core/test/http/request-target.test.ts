import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { targetOf } from '#core/http/request-target.js';

for (const [url, host, expected] of [
  ['/metrics', 'localhost:9464', { host: 'localhost', path: '/metrics' }],
  ['/metrics?name=a', '127.0.0.1', { host: '127.0.0.1', path: '/metrics' }],
  ['/', 'LOCALHOST', { host: 'localhost', path: '/' }],
  ['/', 'localhost.:9464', { host: 'localhost', path: '/' }],
  ['/', '[::1]:9464', { host: '::1', path: '/' }],
  ['/', undefined, { host: '', path: '/' }],
  ['http://Prometheus.example:9464/metrics?a#b', 'x', { host: 'prometheus.example', path: '/metrics' }],
  ['HTTP://localhost', 'x', { host: 'localhost', path: '/' }],
  ['http://localhost?a=/b', 'x', { host: 'localhost', path: '/' }],
  ['http://rebound.example@localhost/', 'x', { host: 'localhost', path: '/' }],
  ['http://[::1]:9464/status', 'x', { host: '::1', path: '/status' }],
  ['*', 'localhost', { host: 'localhost', path: '*' }],
] as const) {
  test(`${url} with Host: ${host}`, () => {
    assert.deepEqual(targetOf({ url, headers: { host } } as unknown as IncomingMessage), expected);
  });
}
