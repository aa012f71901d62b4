// The forms in which people report, as GitHub reads them:
// https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { root, startCommand } from '../harness.js';

interface Form {
  name?: string;
  description?: string;
  body: { type: string; id?: string; attributes: { label?: string; value?: string } }[];
}

const folder = path.join(root, '.github/ISSUE_TEMPLATE');
const files = readdirSync(folder).filter((file) => file !== 'config.yml');

for (const file of files) {
  const text = readFileSync(path.join(folder, file), 'utf8');

  test(`${file}: what GitHub asks of a form`, () => {
    const { name, description, body } = parse(text) as Form;
    assert.ok(name && description);
    const asked = body.filter(({ type }) => type !== 'markdown');
    assert.ok(asked.length > 0);
    for (const { type, id, attributes } of body) {
      assert.ok(['markdown', 'textarea', 'input', 'dropdown', 'checkboxes'].includes(type), type);
      assert.ok(type === 'markdown' ? attributes.value : id && attributes.label, id ?? type);
    }
    assert.equal(new Set(asked.map(({ id }) => id)).size, asked.length, 'each has an id of its own');
  });

  const commands = [...text.matchAll(/`npx baton ([\w -]+)`/g)].map(([, command = '']) => command);
  if (commands.length === 0) continue;
  test(`${file}: the commands that it names are there`, async (t) => {
    for (const command of commands) {
      const asked = startCommand(t, [...command.split(' '), '--help']);
      assert.equal((await asked.exited).code, 0, command);
      assert.match(asked.stdout, /^Usage: baton|^\d+\.\d+\.\d+$/m, command);
    }
  });
}

test('the form for bugs asks for what is needed to find one', () => {
  const text = readFileSync(path.join(folder, 'bug.yml'), 'utf8');
  for (const command of ['config', 'status --json', 'events', '--version'])
    assert.ok(text.includes(`\`npx baton ${command}\``), command);
});
