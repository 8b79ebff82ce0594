import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bugLines, bugList } from './bug-list.ts';
import { bugsPage } from './bug-page.ts';

test('docs/bugs.md is the table (npm run docs writes it)', () => {
  const page = readFileSync(new URL('../../docs/bugs.md', import.meta.url), 'utf8');
  expect(page).toBe(bugsPage(bugList()));
});

test('every bug stands in one of the two tables, with its flags or the reason', () => {
  const base = { protocol: 'p', breaks: 'a | b', anomaly: 'wrong', smallest: '1 node' };
  const page = bugsPage([
    { ...base, name: 'one', zoo: 'M1', needs: '--nemesis kill:one' },
    { ...base, name: 'two', zoo: 'M2', needs: '', cannot: 'needs luck' },
  ]);
  const [real = '', simulated = ''] = page.split('## Shown by the simulator alone');
  expect(real).toContain('| M1 | `one` | a \\| b | wrong | --nemesis kill:one |');
  expect(simulated).toContain('| M2 | `two` | a \\| b | wrong | needs luck |');
  expect(real).not.toContain('`two`');
});

test('hermes bugs: a paragraph each, and a line to try', () => {
  const bugs = bugList();
  const lines = bugLines(bugs);
  for (const { name, cannot } of bugs) {
    expect(lines.some((line) => line.includes(` ${name} `))).toBe(true);
    if (cannot !== undefined)
      expect(lines.join('\n')).toContain(`not on real processes: ${cannot}`);
  }
  expect(lines.at(-1)).toMatch(/^try {2}hermes fuzz --bug /);
  expect(bugLines([])).toEqual([]);
});
