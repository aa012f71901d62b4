import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paintWith } from '#core/cli/paint.js';
import { Table, type Column } from '#core/cli/table.js';

interface Row {
  name: string;
  low: string;
  high: string;
}

const columns: Column<Row>[] = [
  { head: 'name', width: 6, align: 'left', cell: ({ name }) => ({ text: name, format: 'green' }) },
  { head: 'low', above: 'bounds', width: 4, cell: ({ low }) => ({ text: low }) },
  { head: 'high', above: 'bounds', width: 5, cell: ({ high }) => ({ text: high }) },
];
const row = { name: 'one', low: '1', high: '200' };

test('columns are two spaces apart where there is room, else one', () => {
  const wide = new Table(columns, 19, paintWith(false));
  assert.deepEqual(wide.heads(), ['        - bounds --', 'name     low   high']);
  assert.equal(wide.row(row), 'one        1    200');
  const narrow = new Table(columns, 18, paintWith(false));
  assert.deepEqual(narrow.heads(), ['       - bounds -', 'name    low  high']);
  assert.equal(narrow.row(row), 'one       1   200');
});

test('a cell that is too long is shown whole', () => {
  const table = new Table(columns, 18, paintWith(false));
  assert.equal(table.row({ ...row, low: '12345' }), 'one    12345   200');
});

test('colours are around the text of a cell, and count for no width', () => {
  const table = new Table(columns, 18, paintWith(true));
  assert.equal(table.row(row), '\u001B[32mone\u001B[39m       1   200');
});
