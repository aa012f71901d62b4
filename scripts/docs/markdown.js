// Markdown, as the generated pages need it.

export function code(text) {
  return `\`${text}\``;
}

/** A text that begins with a capital letter and ends with a full stop. */
export function sentence(text) {
  return text.replace(/^[a-z]/, (letter) => letter.toUpperCase()).replace(/[^.]$/, '$&.');
}

/** A text for a cell of a table, where `|` would end it. */
export function cell(text) {
  return text.replaceAll('|', '\\|');
}

export function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
