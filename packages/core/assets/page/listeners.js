// The table of listeners.

import { find, syncTable } from './elements.js';
import { rate } from './figures.js';
import { formatCount, formatRate, orNone } from './format.js';

const columns = [
  { name: 'Address', align: 'left', text: addressOf },
  { name: 'Accepted/s', text: ({ perSecond }) => orNone(perSecond, formatRate) },
  { name: 'Accepted', text: ({ accepted }) => formatCount(accepted) },
  { name: 'Waiting', text: ({ waiting }) => formatCount(waiting) },
  { name: 'Queued', text: ({ queued }) => formatCount(queued) },
];

/** With the ports that the kernel chose, where port 0 was asked for. */
function addressOf({ listener, addresses = [listener] }) {
  return addresses.join(', ');
}

export function showListeners(now, before, seconds) {
  const rows = now.listeners.map((listener) => {
    const past = before?.listeners.find((other) => other.listener === listener.listener);
    return { ...listener, perSecond: rate(past?.accepted, listener.accepted, seconds) };
  });
  const table = find('#listeners table');
  syncTable(table, columns, rows, (_, index) => index);
  table.hidden = rows.length === 0;
  find('#listeners .none').hidden = rows.length > 0;
}
