// Makes docs/status-page-states.png of the pictures that test/status-page-states.test.ts keeps: run that test first. Needs chromium
// (Debian's package).
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { stateNames } from '../test/dist/made-up-statuses.js';

const root = path.join(import.meta.dirname, '..');
const { chromium } = createRequire(path.join(root, 'test/package.json'))('playwright-core');

function pictureOf(name, width, scheme) {
  const file = path.join(root, 'test/pictures', `${name.replaceAll(' ', '-')}-${width}-${scheme}.png`);
  if (!existsSync(file)) throw new Error(`There is no ${file}: run the test status-page-states.`);
  return pathToFileURL(file).href;
}

/** Halves of what the browser shows; the top of it. */
const sheet = `<!doctype html>
<style>
  body { display: grid; grid-template-columns: auto auto; gap: 28px; width: max-content; margin: 0; padding: 28px;
    background: #c9d0da; font: 600 17px Inter, sans-serif; color: #17202e; }
  p { margin: 0 0 8px; }
  p::first-letter { text-transform: uppercase; }
  div { display: flex; gap: 10px; }
  span { height: 410px; border-radius: 6px; background-size: 100% auto; background-repeat: no-repeat; }
  span.wide { width: 640px; }
  span.narrow { width: 195px; }
</style>
${stateNames
  .map(
    (name) => `<figure style="margin: 0"><p>${name}</p><div>
      <span class="wide" style="background-image: url(${pictureOf(name, 1280, 'light')})"></span>
      <span class="narrow" style="background-image: url(${pictureOf(name, 390, 'dark')})"></span>
    </div></figure>`,
  )
  .join('')}`;

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: 1786, height: 900 } });
  // A page of a file may show others; one that is about:blank may not.
  await page.goto(pathToFileURL(path.join(root, 'LICENSE')).href);
  await page.setContent(sheet, { waitUntil: 'load' });
  await page.screenshot({ path: path.join(root, 'docs/status-page-states.png'), fullPage: true });
} finally {
  await browser.close();
}
