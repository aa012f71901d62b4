// The list of events.

import { joinAlike } from './alike.js';
import { element, find, show, sync } from './elements.js';
import { formatMoment, withUnits } from './format.js';

/** So many are shown at first. */
const firstShown = 10;

const classes = {
  'reload-started': 'news',
  'reload-done': 'good',
  'reload-failed': 'bad',
  crash: 'bad',
  restart: 'news',
  replaced: 'good',
  'cut-off': 'busy',
  'bad-exit': 'bad',
  recycled: 'good',
  'recycle-failed': 'bad',
  slow: 'busy',
  stop: 'news',
};

let areAllShown = false;
let last = [];

function createEvent({ event: { at, kind, slot, text } }) {
  const time = element('time', { datetime: new Date(at).toISOString() });
  const name = element('span', { class: `kind dot ${classes[kind] ?? ''}` }, kind.replaceAll('-', ' '));
  const words = withUnits(slot === undefined ? text : `slot ${slot}: ${text}`);
  const often = element('span', { class: 'often' });
  return element('li', {}, time, name, element('span', { class: 'text' }, words, ' ', often));
}

function updateEvent(item, { event, count, since }) {
  show(item.firstElementChild, formatMoment(event.at));
  show(item.querySelector('.often'), count === 1 ? '' : `×${count} since ${formatMoment(since)}`);
}

export function showEvents(events) {
  last = events;
  const joined = joinAlike(events);
  const seen = areAllShown ? joined : joined.slice(0, firstShown);
  sync(find('#events ol'), seen, ({ event }) => JSON.stringify(event), createEvent, updateEvent);
  find('#events .none').hidden = events.length > 0;
  const button = find('#more-events');
  button.hidden = joined.length <= firstShown;
  button.setAttribute('aria-expanded', String(areAllShown));
  show(button, areAllShown ? `Show the last ${firstShown} only` : `Show ${joined.length - firstShown} more`);
}

find('#more-events').addEventListener('click', () => {
  areAllShown = !areAllShown;
  showEvents(last);
});
