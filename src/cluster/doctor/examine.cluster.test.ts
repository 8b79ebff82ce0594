import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { examine } from './examine.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync('/tmp/hermes-examine-');
  process.env['HERMES_STATE'] = `${folder}/not/there`;
});
afterEach(() => {
  delete process.env['HERMES_STATE'];
  rmSync(folder, { recursive: true });
});

test('a machine that runs these tests is ready, and is left as it was', async () => {
  const { ready, runtimes, findings } = await examine();
  expect(ready).toBe(true);
  expect(runtimes).toContain('process');
  const names = findings.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(
    expect.arrayContaining(['system', 'node', 'cores', 'memory', 'disk', 'process', 'pause-kill']),
  );
  expect(existsSync(`${folder}/not`)).toBe(false);
});
