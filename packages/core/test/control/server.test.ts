import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { ask, begin, serve, whole, type Answer } from './fixtures.js';
import { Deferred } from '#core/primary/deferred.js';

/** The error object of an answer. */
function errorOf({ json }: Answer): { code: string; message: string } {
  return (json[0] as { error: { code: string; message: string } }).error;
}

test('GET / tells the protocol, the version and the features', async (t) => {
  const { socketPath } = await serve(t);
  const answer = await ask(socketPath, 'GET', '/');
  const features = ['status', 'events', 'reload', 'scale', 'stop'];
  assert.deepEqual(answer.json, [{ protocol: 1, version: '1.2.3', features, peersRefused: 0 }]);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);
});

test('GET /v1/status is the status', async (t) => {
  const { socketPath, controlled } = await serve(t);
  const answer = await ask(socketPath, 'GET', '/v1/status');
  assert.deepEqual(answer.json, [JSON.parse(JSON.stringify(controlled.status()))]);
});

test('GET /v1/events is what has happened', async (t) => {
  const { socketPath, controlled } = await serve(t);
  const answer = await ask(socketPath, 'GET', '/v1/events');
  assert.deepEqual(answer.json, [controlled.events()]);
  assert.equal((await ask(socketPath, 'POST', '/v1/events')).status, 405);
});

test('reload tells what happens meanwhile, and then the result', async (t) => {
  const { socketPath, controlled } = await serve(t);
  const reloading = new Deferred();
  controlled.reloading = reloading.promise;
  controlled.emit(
    'worker',
    { id: 7, slot: 9, generation: 1, directory: '/srv/shop', pid: 9, state: 'ready', restarts: 0 },
    {},
  );
  const response = await begin(socketPath, 'POST', '/v1/reload');
  controlled.emit(
    'worker',
    { id: 7, slot: 0, generation: 1, directory: '/srv/shop', pid: 11, state: 'starting', restarts: 0 },
    {},
  );
  const exit = { code: null, signal: 'SIGKILL' } as const;
  controlled.emit(
    'worker',
    { id: 7, slot: 1, generation: 1, directory: '/srv/shop', pid: 12, state: 'crashed', restarts: 0 },
    { exit },
  );
  const error = new Error('no memory');
  controlled.emit(
    'worker',
    { id: 7, slot: 2, generation: 1, directory: '/srv/shop', pid: undefined, state: 'crashed', restarts: 0 },
    { error },
  );
  reloading.resolve();
  const { status, headers, json } = await whole(response);
  assert.deepEqual([status, headers['content-type']], [200, 'application/x-ndjson']);
  const { result } = json.pop() as { result: { durationMs: number } };
  assert.ok(Number.isInteger(result.durationMs));
  assert.deepEqual(result, { workers: 4, generation: 2, durationMs: result.durationMs });
  assert.deepEqual(json, [
    {
      event: 'worker',
      worker: {
        id: 7,
        slot: 0,
        generation: 1,
        directory: '/srv/shop',
        pid: 11,
        state: 'starting',
        restarts: 0,
      },
    },
    {
      event: 'worker',
      worker: {
        id: 7,
        slot: 1,
        generation: 1,
        directory: '/srv/shop',
        pid: 12,
        state: 'crashed',
        restarts: 0,
      },
      exit,
    },
    {
      event: 'worker',
      worker: { id: 7, slot: 2, generation: 1, directory: '/srv/shop', state: 'crashed', restarts: 0 },
      error: 'no memory',
    },
  ]);
});

test('a command that fails ends with its error', async (t) => {
  const { socketPath, controlled } = await serve(t);
  const reloading = new Deferred();
  controlled.reloading = reloading.promise;
  const response = await begin(socketPath, 'POST', '/v1/reload');
  reloading.reject(Object.assign(new Error('worker 0 ended with code 1'), { code: 'BATON_X' }));
  const { status, json } = await whole(response);
  assert.equal(status, 200);
  assert.deepEqual(json, [{ error: { code: 'BATON_X', message: 'worker 0 ended with code 1' } }]);
});

test('scale takes a number, or a change of it', async (t) => {
  const { socketPath, controlled } = await serve(t);
  for (const [body, workers] of [
    [{ workers: 6 }, 6],
    [{ change: 2 }, 8],
    [{ change: -7 }, 1],
  ] as const) {
    const { json } = await ask(socketPath, 'POST', '/v1/scale', JSON.stringify(body));
    const [{ result }] = json as [{ result: { workers: number } }];
    assert.equal(result.workers, workers);
  }
  assert.deepEqual(controlled.calls, ['scale 6', 'scale 8', 'scale 1']);
});

for (const [body, code, message] of [
  ['{"workers":0}', 'BATON_INVALID_OPTION', /workers must be a whole number from 1 .* it is 0/],
  ['{"change":-4}', 'BATON_INVALID_OPTION', /it is 0/],
  ['{"change":1021}', 'BATON_INVALID_OPTION', /to 1024.* it is 1025/],
  ['{"workers":"4"}', 'BATON_CONTROL_REQUEST', /must be whole numbers/],
  ['{"workers":1.5}', 'BATON_CONTROL_REQUEST', /must be whole numbers/],
  ['{"workers":2,"change":1}', 'BATON_CONTROL_REQUEST', /either workers or change/],
  ['{}', 'BATON_CONTROL_REQUEST', /either workers or change/],
  ['', 'BATON_CONTROL_REQUEST', /either workers or change/],
  ['{"worker":2}', 'BATON_CONTROL_REQUEST', /not "worker"/],
  ['{"workers":2', 'BATON_CONTROL_REQUEST', /not valid JSON/],
  ['[4]', 'BATON_CONTROL_REQUEST', /must be a JSON object/],
  ['null', 'BATON_CONTROL_REQUEST', /must be a JSON object/],
] as const) {
  test(`scale refuses ${body || 'nothing'}, and says why`, async (t) => {
    const { socketPath, controlled } = await serve(t);
    const answer = await ask(socketPath, 'POST', '/v1/scale', body);
    assert.equal(answer.status, 400);
    assert.equal(errorOf(answer).code, code);
    assert.match(errorOf(answer).message, message);
    assert.deepEqual(controlled.calls, []);
  });
}

for (const [method, url, status, message] of [
  ['GET', '/v2/status', 400, /version 2, .* version 1/],
  ['POST', '/v0/stop', 400, /version 0, .* version 1/],
  ['GET', '/v1/nothing', 404, /no \/v1\/nothing/],
  ['GET', '/status', 404, /no \/status/],
  ['GET', '/v1/toString', 404, /no \/v1\/toString/],
  ['POST', '/v1/status', 405, /takes GET, not POST/],
  ['GET', '/v1/stop', 405, /takes POST, not GET/],
] as const) {
  test(`${method} ${url} is answered with ${status}, and says why`, async (t) => {
    const { socketPath, controlled } = await serve(t);
    const answer = await ask(socketPath, method, url);
    assert.equal(answer.status, status);
    assert.match(errorOf(answer).message, message);
    assert.equal(answer.headers['baton-protocol'], '1');
    if (status === 405) assert.equal(answer.headers['allow'], url === '/v1/stop' ? 'POST' : 'GET');
    assert.deepEqual(controlled.calls, []);
  });
}

test('stop takes nothing, and reload whether listeners may be dropped', async (t) => {
  const { socketPath, controlled } = await serve(t);
  for (const [url, body, problem] of [
    ['/v1/stop', '{"force":true}', /no keys, not "force"/],
    ['/v1/reload', '{"force":true}', /only the keys allowDroppedListeners, not "force"/],
    ['/v1/reload', '{"allowDroppedListeners":"yes"}', /allowDroppedListeners must be true or false/],
  ] as const) {
    const answer = await ask(socketPath, 'POST', url, body);
    assert.equal(answer.status, 400);
    assert.match(errorOf(answer).message, problem);
  }
  assert.deepEqual(controlled.calls, []);
  for (const body of ['', '{"allowDroppedListeners":true}', '{"allowDroppedListeners":false}'])
    assert.equal((await ask(socketPath, 'POST', '/v1/reload', body)).status, 200);
  assert.deepEqual(controlled.calls, [
    'reload',
    'reload allowDroppedListeners true',
    'reload allowDroppedListeners false',
  ]);
});
