// Runs in the page: the texts that have less contrast to what is behind them than WCAG 2.2 asks for (SC 1.4.3: 4.5), with how much.
(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });

  /** Red, green, blue, 0…255, and alpha, 0…1, of any CSS colour. */
  function parse(colour) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  }

  function over([red, green, blue, alpha], below) {
    return [red, green, blue].map((value, index) => value * alpha + below[index] * (1 - alpha));
  }

  function behind(element) {
    if (element === null) return [255, 255, 255];
    return over(parse(getComputedStyle(element).backgroundColor), behind(element.parentElement));
  }

  /** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
  function luminance(colour) {
    const [red, green, blue] = colour
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrastOf(element) {
    const { color, fill } = getComputedStyle(element);
    const background = behind(element);
    const text = over(parse(element instanceof SVGElement ? fill : color), background);
    const [dark, light] = [luminance(text), luminance(background)].toSorted((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const { parentElement: element, data } = walker.currentNode;
    if (data.trim() !== '' && element.getClientRects().length > 0)
      texts.push({ text: data.trim(), contrast: contrastOf(element) });
  }
  return { checked: texts.length, low: texts.filter(({ contrast }) => contrast < 4.5) };
})();
