// Elements of the page. All that /status says may be the app's words, or a client's: it becomes text, by textContent alone.

export const find = (selector) => document.querySelector(selector);

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function drawing(tag, attributes, text = '') {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

export function show(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Has a child for each item, in their order. One that stays is only changed, so that what is selected or read aloud stays. */
export function sync(parent, items, keyOf, create, update) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, index) => {
    const key = String(keyOf(item, index));
    const child = old.get(key) ?? create(item);
    child.dataset.key = key;
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
    update(child, item);
  });
  while (parent.children.length > items.length) parent.lastElementChild.remove();
}

/** Roles, since blocks instead of table rows would be no table to assistive technology. */
function createHead(columns) {
  const head = element('tr', { role: 'row' });
  for (const { name, about, align = '' } of columns)
    head.append(
      element(
        'th',
        { scope: 'col', role: 'columnheader', class: align, ...(about && { title: about }) },
        name,
      ),
    );
  return element('thead', { role: 'rowgroup' }, head);
}

/** A column: its head, its text or what shows it, and classes. The first column's cells are heads of their rows. */
export function syncTable(table, columns, rows, keyOf, update = () => {}) {
  if (table.tHead === null) table.append(createHead(columns), element('tbody', { role: 'rowgroup' }));
  const createRow = () => {
    const row = element('tr', { role: 'row' });
    columns.forEach(({ name, align = '', create }, index) => {
      const kind = index === 0 ? ['th', { scope: 'row', role: 'rowheader' }] : ['td', { role: 'cell' }];
      row.append(element(kind[0], { ...kind[1], class: align, 'data-head': name }, ...(create?.() ?? [])));
    });
    return row;
  };
  sync(table.tBodies[0], rows, keyOf, createRow, (row, item) => {
    columns.forEach(({ text, update }, index) => {
      if (update) update(row.children[index], item);
      else show(row.children[index], text(item));
    });
    update(row, item);
  });
}

/** Pairs of a name and a text. */
export function showFacts(list, facts, classOf) {
  sync(
    list,
    facts,
    ([name]) => name,
    ([name]) => element('div', { class: classOf(name) }, element('dt', {}, name), element('dd')),
    (fact, [, text]) => show(fact.lastElementChild, text),
  );
}
