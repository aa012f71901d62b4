import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSlowness } from '#core/cli/slowness.js';

const nothing = { listeners: [], waiting: 0 };
const here = { listeners: ['127.0.0.1:3000', '/run/app.sock'], waiting: 0 };

test('a worker that does not listen is said to be no server, where that is all it is to do', () => {
  assert.equal(
    describeSlowness(nothing, false, '10 s').one,
    'has not listened on a port for 10 s. It keeps running; if it is not a server, run it without Baton.',
  );
});

test('one that is to say when it is ready is said to have listened or not, and who waits for it', () => {
  assert.equal(
    describeSlowness(nothing, true, '10 s').one,
    'has neither listened on a port nor called ready() for 10 s. It keeps running.',
  );
  const listens =
    'listens on 127.0.0.1:3000, /run/app.sock, but has not called ready() for 10 s. It keeps running.';
  assert.equal(describeSlowness(here, true, '10 s').one, listens);
  assert.equal(
    describeSlowness({ ...here, waiting: 1 }, true, '10 s').one,
    `${listens} 1 connection waits there.`,
  );
  assert.equal(
    describeSlowness({ ...here, waiting: 3 }, true, '10 s').one,
    `${listens} 3 connections wait there.`,
  );
});

test('what is the same of several workers is told of all of them', () => {
  assert.equal(
    describeSlowness(nothing, false, '10 s').many,
    'have not listened on a port for 10 s. They keep running; if they are not servers, run them without Baton.',
  );
  assert.equal(
    describeSlowness({ ...here, waiting: 3 }, true, '10 s').many,
    'listen on 127.0.0.1:3000, /run/app.sock, but have not called ready() for 10 s. They keep running. 3 connections wait there.',
  );
});
