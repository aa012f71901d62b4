import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinePrefix } from '#core/primary/line-prefix.js';

/** What comes of text that is written in these parts. */
async function prefixed(...parts: (string | Buffer)[]): Promise<string> {
  const prefix = new LinePrefix('7 | ');
  for (const part of parts) prefix.write(part);
  prefix.end();
  const chunks: Buffer[] = await prefix.toArray();
  return Buffer.concat(chunks).toString();
}

test('each line gets the prefix, empty ones too', async () => {
  assert.equal(await prefixed('one\n\ntwo\n'), '7 | one\n7 | \n7 | two\n');
  assert.equal(await prefixed(), '');
});

test('a line that comes in parts is one line, and nothing of it is shown before its end', async () => {
  const prefix = new LinePrefix('7 | ');
  prefix.write('first\nsec');
  assert.equal(String(prefix.read()), '7 | first\n');
  prefix.write('ond');
  assert.equal(prefix.read(), null);
  prefix.write('\n');
  assert.equal(String(prefix.read()), '7 | second\n');
});

test('a last line without an end is shown at the end', async () => {
  assert.equal(await prefixed('one\ntwo'), '7 | one\n7 | two\n');
});

test('a character that comes in two parts is whole', async () => {
  const text = Buffer.from('grün\n');
  assert.equal(await prefixed(text.subarray(0, 3), text.subarray(3)), '7 | grün\n');
});

test('a line as long as may be held is one line, a longer one is shown in parts', async () => {
  const most = 'x'.repeat(16 * 1024);
  assert.equal(await prefixed(`${most}\n`), `7 | ${most}\n`);
  assert.equal(await prefixed(most, '\n', 'y\n'), `7 | ${most}\n7 | y\n`);
  assert.equal(await prefixed(`${most}yz\n`), `7 | ${most}\n7 | yz\n`);
  assert.equal(await prefixed(most, most, 'yz'), `7 | ${most}\n7 | ${most}\n7 | yz\n`);
});

test('no character is cut in two', async () => {
  for (const character of ['ü', '€', '🙂']) {
    const parts = (await prefixed(`x${character.repeat(20_000)}\n`)).split('\n').slice(0, -1);
    assert.ok(parts.length > 1);
    assert.equal(parts.map((part) => part.replace('7 | ', '')).join(''), `x${character.repeat(20_000)}`);
  }
});

test('an endless line is not gathered', async () => {
  const prefix = new LinePrefix('7 | ');
  let shown = 0;
  prefix.on('data', ({ length }: Buffer) => (shown += length));
  const written = 64 * 16 * 1024;
  for (let count = 0; count < 64; count++) prefix.write('x'.repeat(16 * 1024));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(shown >= written - 16 * 1024);
});
