// Runs in the page: the numbers that stand in another line than their unit.
(() => {
  const units = /\d[\d.,]*[\s\u00a0](?:ns|µs|ms|s|min|h|d|%|B|KiB|MiB|GiB)(?!\w)/g;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const broken = [];
  let checked = 0;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!(node.parentElement.getClientRects().length > 0)) continue;
    for (const found of node.data.matchAll(units)) {
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      checked += 1;
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (lines.size > 1) broken.push(node.data);
    }
  }
  return { checked, broken };
})();
