// The browser in which tests look at pages: Debian's package, since playwright-core brings none.
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Why there is none; `false`: there is. */
export const withoutBrowser = existsSync(executablePath)
  ? false
  : `${executablePath} (Debian package chromium) is not installed`;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
