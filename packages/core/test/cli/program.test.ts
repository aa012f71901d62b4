import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createProgram } from '#core/cli/program.js';
import { flagOf, settingKeys, settings, variableOf } from '#core/config/settings.js';

const root = new URL('../../../../../', import.meta.url);
const page = readFileSync(new URL('docs/cli.md', root), 'utf8');

/** What is told of a setting: from its heading to the next one. */
function sectionOf(heading: string): string {
  const sections = page.split(/^(?=#+ )/m).filter((section) => section.startsWith(`${heading}\n`));
  assert.equal(sections.length, 1, heading);
  return sections[0] ?? '';
}

test('--help has each setting once, below the heading of its group, with its default', () => {
  const groups = createProgram()
    .helpInformation()
    .split('\n\n')
    .map((group) => group.replaceAll(/\s+/g, ' '));
  /** What stands behind the flags, up to the next ones. */
  const toldBehind = (heading: string, flags: string): string => {
    const found = groups.filter((text) => text.includes(` ${flags} `));
    assert.equal(found.length, 1, flags);
    const [text = ''] = found;
    assert.ok(text.startsWith(`${heading} `), `${flags} stands below ${heading}`);
    return text.slice(text.indexOf(` ${flags} `) + flags.length + 2).split(/ (?:-\w, )?--[a-z]/)[0] ?? '';
  };
  for (const key of settingKeys) {
    const { flag, offFlag, help, offHelp, group = '', default: fallback } = settings[key];
    if (offFlag !== undefined) assert.equal(toldBehind(group, offFlag).trim(), offHelp);
    if (flag === undefined) continue;
    const told = toldBehind(group, flag);
    assert.ok(told.startsWith(help), key);
    const isTold =
      ['none', 'false'].includes(fallback) || told.replaceAll('"', '').includes(`default: ${fallback})`);
    assert.ok(isTold, `${key}: ${told}`);
  }
});

test('docs/cli.md has each setting once: its flags, its variable, its key, what it does', () => {
  for (const key of settingKeys) {
    const { flag, offFlag, help, details = '' } = settings[key];
    const section = sectionOf(`#### \`${flagOf(key) ?? key}\``);
    for (const text of [flag, offFlag, variableOf(key), key])
      if (text !== undefined)
        assert.ok(section.includes(`\`${text.replaceAll('|', '\\|')}\``), `${key}: ${text}`);
    assert.ok(section.toLowerCase().includes(help.toLowerCase()), key);
    assert.ok(section.includes(details), key);
  }
});

test('docs/cli.md has each command once, with its options', () => {
  for (const command of createProgram().commands) {
    const section = sectionOf(`### \`baton ${command.name()}\``);
    assert.ok(section.includes(command.description().slice(0, 20)), command.name());
    if (command.name() === 'config') continue; // has those of running
    for (const { flags } of command.options) assert.ok(section.includes(`| \`${flags}\``), flags);
  }
});

test('docs/cli.md is what the settings and the commands say; otherwise: pnpm docs:cli', async () => {
  const { cliPage } = (await import(new URL('scripts/docs/cli-page.js', root).href)) as {
    cliPage: () => Promise<string>;
  };
  assert.equal(page, await cliPage());
});
