import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as api from '../src/api.ts';
import { MODEL_NAMES } from '../src/checkers/models/models.ts';
import { actedBlocks, filled } from './fenced-blocks.ts';
import { exampleFile } from './write.ts';

const page = readFileSync(new URL('library.md', import.meta.url), 'utf8');

test('the examples of the page are the files that our tests run (npm run docs writes them)', () => {
  expect(page).toBe(filled(page, exampleFile));
  expect(actedBlocks(page).filter(({ text }) => text.includes("from 'hermes'"))).toHaveLength(4);
});

test('every function of the library and every model is in it', () => {
  for (const name of Object.keys(api)) expect(page).toMatch(new RegExp(`\\b${name}\\(`));
  for (const name of MODEL_NAMES) expect(page).toContain(`\`${name}\``);
});
