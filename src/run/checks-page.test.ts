import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHECKER_NAMES } from '../checkers/check-names.ts';
import { builtInWorkloads, checksPage } from './checks-page.ts';
import { WORKLOADS } from './user-modules.ts';

const page = readFileSync(new URL('../../docs/checkers.md', import.meta.url), 'utf8');

test('docs/checkers.md says what the sources say (npm run docs writes it)', async () => {
  expect(page).toBe(checksPage(await builtInWorkloads()));
});

test('every check and every workload has a row', () => {
  for (const name of [...CHECKER_NAMES, ...WORKLOADS]) expect(page).toContain(`| \`${name}\` |`);
});

test('workloads bear the name of their file, and ask for checks that there are', async () => {
  const workloads = await builtInWorkloads();
  expect(workloads.map(({ name }) => name)).toEqual(WORKLOADS);
  for (const { checks } of workloads)
    for (const check of checks) expect(CHECKER_NAMES).toContain(check);
});
