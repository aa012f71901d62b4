/** As JSON.parse() does, but the text may begin with a byte order mark, which some editors write. */
export function parseJson(text: string): unknown {
  return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
}
