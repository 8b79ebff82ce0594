#!/usr/bin/env node
// Runs the commands from their .ts sources, without a build (all but the Ink views). Wants Node 24.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { settings } from '@oclif/core';
import { main } from '../src/tui/main.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pjson = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
settings.enableAutoTranspile = false;
pjson.oclif.commands = {
  strategy: 'pattern',
  target: './commands',
  globPatterns: ['**/*.ts', '!**/*.test.ts'],
};
pjson.oclif.helpClass = './src/tui/help.ts';
await main({ root, pjson, ignoreManifest: true });
