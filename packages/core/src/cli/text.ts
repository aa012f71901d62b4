/** As much of a line as there is room for; `…` tells that there was more. */
export function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}

/** Breaks a line between words, and within one that has no room on a line; the last of `most` lines is cut. */
export function wrap(line: string, width: number, most = Infinity): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width && lines.length < most - 1) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > 0 ? space : Math.max(1, width);
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, cut(rest, width)];
}
