/** Writes the pages that the program itself knows: `npm run docs`. Tests compare them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config, settings } from '@oclif/core';
import { wordsPage } from '../src/base/words.ts';
import { bugList } from '../src/run/bug-list.ts';
import { bugExamples } from '../src/run/bug-examples.ts';
import { bugsPage, type HuntedBugs } from '../src/run/bug-page.ts';
import { builtInWorkloads, checksPage } from '../src/run/checks-page.ts';
import { commandsPage } from '../src/tui/commands-page.ts';
import { withDrawnBlocks } from './drawn-blocks.ts';
import { filled } from './fenced-blocks.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The commands as their sources say, without a build. */
export async function sourceConfig(): Promise<Config> {
  const pjson = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  settings.enableAutoTranspile = false;
  pjson.oclif.commands = {
    strategy: 'pattern',
    target: './commands',
    globPatterns: ['**/*.ts', '!**/*.test.ts'],
  };
  pjson.oclif.helpClass = './src/tui/help.ts';
  return Config.load({ root, pjson, ignoreManifest: true });
}

/** An example as it stands in somebody else's repository. */
export function exampleFile(path: string): string {
  return readFileSync(`${root}${path}`, 'utf8').replaceAll("'../../src/api.ts'", "'hermes'");
}

/** The findings, their pictures drawn anew. */
export async function findingsDoc(): Promise<string> {
  return withDrawnBlocks(readFileSync(new URL('findings.md', import.meta.url), 'utf8'));
}

/** The planted bugs, with what `npm run bugs` found. */
export async function bugsDoc(): Promise<string> {
  const figures = readFileSync(new URL('bugs.json', import.meta.url), 'utf8');
  const bugs = bugList();
  return bugsPage(bugs, JSON.parse(figures) as HuntedBugs, await bugExamples(bugs));
}

if (import.meta.main) {
  const library = new URL('library.md', import.meta.url);
  writeFileSync(library, filled(readFileSync(library, 'utf8'), exampleFile));
  writeFileSync(new URL('words.md', import.meta.url), wordsPage());
  writeFileSync(new URL('bugs.md', import.meta.url), await bugsDoc());
  writeFileSync(new URL('findings.md', import.meta.url), await findingsDoc());
  writeFileSync(new URL('checkers.md', import.meta.url), checksPage(await builtInWorkloads()));
  writeFileSync(new URL('commands.md', import.meta.url), commandsPage(await sourceConfig()));
}
