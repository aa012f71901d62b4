/** Where Grafana draws what: panels from left to right, 24 columns a line. */
const columns = 24;

/** Rows of panels, as the model's flat list: a row's panels follow it, and those of a collapsed one are inside it. */
export function layOut(rows) {
  const all = [];
  let y = 0;
  for (const { title, collapsed = false, panels } of rows) {
    const row = { type: 'row', id: 0, title, collapsed, gridPos: { x: 0, y, w: columns, h: 1 }, panels: [] };
    all.push(row);
    const { placed, below } = place(panels, y + 1);
    if (collapsed) row.panels = placed;
    else all.push(...placed);
    y = collapsed ? y + 1 : below;
  }
  let id = 0;
  for (const panel of all) for (const each of [panel, ...(panel.panels ?? [])]) each.id = ++id;
  return all;
}

function place(panels, top) {
  let [x, y, lineHeight] = [0, top, 0];
  const placed = panels.map(({ width, height, ...panel }) => {
    if (x + width > columns) [x, y, lineHeight] = [0, y + lineHeight, 0];
    const gridPos = { x, y, w: width, h: height };
    x += width;
    lineHeight = Math.max(lineHeight, height);
    return { ...panel, gridPos };
  });
  return { placed, below: y + lineHeight };
}
