import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bugsDoc } from '../../docs/write.ts';
import { bugLines, bugList, worlds } from './bug-list.ts';
import { bugsPage } from './bug-page.ts';

test('docs/bugs.md is the table (npm run docs writes it)', async () => {
  const page = readFileSync(new URL('../../docs/bugs.md', import.meta.url), 'utf8');
  expect(page).toBe(await bugsDoc());
});

const BASE = { protocol: 'p', breaks: 'a | b', anomaly: 'wrong', smallest: '1 node' };
const ONE = {
  ...BASE,
  name: 'one',
  zoo: 'M1',
  explore: '3-w1',
  needs: '--nemesis kill',
  cannot: {},
};
const TWO = { ...BASE, name: 'two', zoo: 'M2', needs: '', cannot: { explore: 'no', real: 'luck' } };

test('every bug says how it is caught in each world, or why it is not', () => {
  const found = { effort: 1234, seconds: 0.21, broke: 'I1' };
  const page = bugsPage(
    [ONE, TWO],
    {
      machine: 'a machine',
      bugs: {
        M1: {
          explore: { ...found, steps: 3 },
          sim: { ...found, effort: 1 },
          clients: { tried: 9, seconds: 1 },
        },
        M2: { sim: { tried: 3, seconds: 9 }, real: { ...found, effort: 2, seconds: 12.4 } },
      },
    },
    { M2: ['`hermes replay M2`'] },
  );
  expect(page).toContain('| M1 | `one` | a \\| b | wrong | 1 node |');
  const one =
    '`3-w1`: 1,234 states, 3 steps, 0.2 s: I1 | 1 seed, 0.2 s: I1 | not in 9 seeds | not tried |  |';
  expect(page).toContain(`| M1 | ${one}`);
  expect(page).toContain(
    '| M2 | – | not in 3 seeds | not tried | 2 runs, 12 s: I1 | `hermes replay M2` |',
  );
  expect(page).toContain('| M1 | `--nemesis kill` |');
  expect(page).toContain('- M2 by exploring: no\n- M2 in simulation and on real replicas: luck\n');
});

test('hermes bugs: a paragraph each, and a line to try', () => {
  const bugs = bugList();
  const lines = bugLines(bugs);
  for (const { name, cannot, explore, zoo } of bugs) {
    expect(lines.some((line) => line.includes(` ${name} `))).toBe(true);
    for (const [, why] of worlds(cannot)) expect(lines.join('\n')).toContain(`: ${why}`);
    if (explore !== undefined)
      expect(lines).toContain(`     hermes explore --config ${explore} --bug ${zoo}`);
  }
  expect(lines.at(-1)).toMatch(/^try {2}hermes fuzz --bug /);
  expect(bugLines([])).toEqual([]);
});
